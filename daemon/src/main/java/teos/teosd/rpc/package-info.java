/**
 * gRPC services: the internal API for users, and the operator's RPC.
 *
 * <p>Path of a user's call:
 *
 * <ol>
 *   <li>{@link teos.teosd.rpc.RpcServer} has the server and its limits
 *   <li>{@link teos.teosd.rpc.TowerServicesV1} or {@link teos.teosd.rpc.PublicServices} is the
 *       service of a dialect
 *   <li>{@link teos.teosd.rpc.UserCalls} turns the sealed results into responses and status codes
 *   <li>{@link teos.teosd.api.InternalApi} makes the policy decisions and signs the receipt
 * </ol>
 *
 * Fields are converted by {@link teos.teosd.rpc.HexFields} (v1) and {@link
 * teos.teosd.rpc.BinaryFields} (v2); {@link teos.teosd.rpc.UnaryCalls} sends the response or the
 * error. A call of the operator goes from {@link teos.teosd.rpc.PrivateServices} straight to {@link
 * teos.teosd.api.InternalApi}, through {@link teos.teosd.rpc.Paginator} if it returns a list.
 */
@NullMarked
package teos.teosd.rpc;

import org.jspecify.annotations.NullMarked;
