/** rust-teos's data folder. */
@NullMarked
package teos.moving.rust;

import org.jspecify.annotations.NullMarked;
