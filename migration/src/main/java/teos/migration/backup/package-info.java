/** Copies of a whole tower, and putting them back. */
@NullMarked
package teos.migration.backup;

import org.jspecify.annotations.NullMarked;
