/** The commands for {@code lightning-cli}, one class each: those of rust-teos's plugin. */
@NullMarked
package teos.cln.method;

import org.jspecify.annotations.NullMarked;
