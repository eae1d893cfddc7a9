/**
 * How programs talk to the tower by gRPC: the services of both dialects (generated, in {@code
 * teos.rpc.v1}, {@code teos.rpc.v2} and {@code teos.rpc.common.v2}), and the certificates by which
 * the operator is known.
 */
@NullMarked
package teos.rpc;

import org.jspecify.annotations.NullMarked;
