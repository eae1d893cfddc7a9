/** Moving in: what another tower has kept, read from its data folder and taken over. */
@NullMarked
package teos.moving;

import org.jspecify.annotations.NullMarked;
