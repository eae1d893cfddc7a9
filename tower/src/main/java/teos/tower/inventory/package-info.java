/** Everything that the tower stores, as its operator sees it. */
@NullMarked
package teos.tower.inventory;

import org.jspecify.annotations.NullMarked;
