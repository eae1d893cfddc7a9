/** Sessions of lnd's clients, and the blobs in them: appointments of another kind. */
@NullMarked
package teos.tower.sessions;

import org.jspecify.annotations.NullMarked;
