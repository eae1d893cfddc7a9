/** Files that must not be lost, and files that nobody else may read. */
@NullMarked
package teos.files;

import org.jspecify.annotations.NullMarked;
