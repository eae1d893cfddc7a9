/**
 * teosd, the daemon: the program's entry ({@link teos.teosd.Teosd}) and the tower that watches
 * ({@link teos.teosd.TeosDaemon}).
 *
 * <p>The paths of an appointment, a block, a state update of lnd and a gRPC call through the whole
 * project are in {@code docs/architecture.md}. {@link teos.teosd.http}, {@link teos.teosd.rpc} and
 * {@link teos.teosd.lnd} describe their steps before {@link teos.teosd.api.InternalApi}, and {@link
 * teos.tower} those after it. Blocks pass from {@link teos.bitcoin.ChainMonitor} through {@link
 * teos.teosd.node.ChainPipeline}.
 */
@NullMarked
package teos.teosd;

import org.jspecify.annotations.NullMarked;
