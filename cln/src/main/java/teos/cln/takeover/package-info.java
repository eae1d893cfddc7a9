/** Takes over the data of rust-teos's plugin. */
@NullMarked
package teos.cln.takeover;

import org.jspecify.annotations.NullMarked;
