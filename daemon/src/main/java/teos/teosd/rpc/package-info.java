/** The gRPC services: the internal API, and the operator's RPC. */
@NullMarked
package teos.teosd.rpc;

import org.jspecify.annotations.NullMarked;
