/** rust-teos's data folder. */
@NullMarked
package teos.migration.rust;

import org.jspecify.annotations.NullMarked;
