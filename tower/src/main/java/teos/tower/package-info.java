/** What the tower's components share. */
@NullMarked
package teos.tower;

import org.jspecify.annotations.NullMarked;
