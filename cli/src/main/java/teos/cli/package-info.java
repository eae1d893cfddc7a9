/** {@code teos-cli}: the operator's program, which asks a running tower over its RPC. */
@NullMarked
package teos.cli;

import org.jspecify.annotations.NullMarked;
