/**
 * gRPC services: the internal API for users, and the operator's RPC.
 *
 * <p>Path of a user's call, from the socket to the disk (here add_appointment of v2; v1 has {@link
 * teos.teosd.rpc.TowerServicesV1} and {@link teos.teosd.rpc.HexFields} instead of 2 and 3):
 *
 * <ol>
 *   <li>{@link teos.teosd.rpc.RpcServer} receives the call on a virtual thread
 *   <li>{@link teos.teosd.rpc.PublicServices} converts the messages
 *   <li>{@link teos.teosd.rpc.BinaryFields} parses the fields
 *   <li>{@link teos.teosd.rpc.UnaryCalls} sends the response or the error
 *   <li>{@link teos.teosd.rpc.UserCalls} turns the sealed result into a status
 *   <li>{@link teos.teosd.api.InternalApi} makes the policy decisions and signs the receipt
 *   <li>{@link teos.tower.appointments.AppointmentService} checks and stores the appointment
 * </ol>
 *
 * A call of the operator goes from {@link teos.teosd.rpc.PrivateServices} straight to {@link
 * teos.teosd.api.InternalApi}, through {@link teos.teosd.rpc.Paginator} if it returns a list.
 */
@NullMarked
package teos.teosd.rpc;

import org.jspecify.annotations.NullMarked;
