/**
 * In-memory regtest chain and bitcoind: deterministic, and fast enough for thousands of runs.
 *
 * <p>This package does not know the towers' {@code teos.bitcoin} module, whose own tests use the
 * test kit; tests wrap a {@link SimulatedNode} in an adapter for its RPC interface.
 */
@NullMarked
package teos.testkit.simulation;

import org.jspecify.annotations.NullMarked;
