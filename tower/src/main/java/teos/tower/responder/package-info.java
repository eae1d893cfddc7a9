/** Sees penalties through until they cannot be undone. */
@NullMarked
package teos.tower.responder;

import org.jspecify.annotations.NullMarked;
