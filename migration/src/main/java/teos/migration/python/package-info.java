/** Reads the data folder of python-teos. */
@NullMarked
package teos.migration.python;

import org.jspecify.annotations.NullMarked;
