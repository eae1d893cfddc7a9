/** Who may use the tower, and for how long. */
@NullMarked
package teos.tower.gatekeeper;

import org.jspecify.annotations.NullMarked;
