/** Sessions of lnd's clients, whose state updates are stored as appointments. */
@NullMarked
package teos.tower.sessions;

import org.jspecify.annotations.NullMarked;
