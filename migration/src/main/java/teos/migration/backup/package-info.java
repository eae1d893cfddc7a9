/** Backup of a complete tower to one file, and its restore. */
@NullMarked
package teos.migration.backup;

import org.jspecify.annotations.NullMarked;
