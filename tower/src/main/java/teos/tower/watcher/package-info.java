/** Looks for the commitments that appointments are about. */
@NullMarked
package teos.tower.watcher;

import org.jspecify.annotations.NullMarked;
