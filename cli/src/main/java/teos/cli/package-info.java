/** {@code teos-cli}, the operator's program: a client of a running tower's RPC. */
@NullMarked
package teos.cli;

import org.jspecify.annotations.NullMarked;
