/** What the tower holds, as its operator sees it. */
@NullMarked
package teos.tower.inventory;

import org.jspecify.annotations.NullMarked;
