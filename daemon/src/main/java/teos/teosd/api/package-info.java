/** The one entrance: what the tower does for users, whichever protocol they ask by. */
@NullMarked
package teos.teosd.api;

import org.jspecify.annotations.NullMarked;
