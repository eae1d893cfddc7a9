/** Import of another tower from its data folder. */
@NullMarked
package teos.migration;

import org.jspecify.annotations.NullMarked;
