/** Reads the data folder of rust-teos. */
@NullMarked
package teos.migration.rust;

import org.jspecify.annotations.NullMarked;
