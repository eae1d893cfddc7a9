/**
 * The tower's gRPC: services of both dialects (generated into {@code teos.rpc.v1}, {@code
 * teos.rpc.v2} and {@code teos.rpc.common.v2}) and the certificates that authenticate the operator.
 */
@NullMarked
package teos.rpc;

import org.jspecify.annotations.NullMarked;
