/** Copies of a whole tower, and putting them back. */
@NullMarked
package teos.moving.backup;

import org.jspecify.annotations.NullMarked;
