/** Moving in: what another tower has kept, read from its data folder and taken over. */
@NullMarked
package teos.migration;

import org.jspecify.annotations.NullMarked;
