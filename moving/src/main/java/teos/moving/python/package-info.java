/** python-teos's data folder. */
@NullMarked
package teos.moving.python;

import org.jspecify.annotations.NullMarked;
