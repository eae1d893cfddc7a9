/** python-teos's data folder. */
@NullMarked
package teos.migration.python;

import org.jspecify.annotations.NullMarked;
