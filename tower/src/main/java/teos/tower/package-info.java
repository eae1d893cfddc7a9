/**
 * Shared parts of the tower's packages, and a guide to them.
 *
 * <p>An appointment passes through these files:
 *
 * <ol>
 *   <li>{@code teos.teosd.http.UserEndpoints} parses the request and recovers its signer.
 *   <li>{@code teos.teosd.api.InternalApi} makes the policy decisions.
 *   <li>{@link teos.tower.appointments.AppointmentService} stores it and returns the receipt.
 *   <li>{@code teos.tower.appointments.AppointmentWriter} writes a batch in one transaction.
 *   <li>{@link teos.tower.gatekeeper.Gatekeeper} checks the subscription and takes the slots.
 *   <li>{@link teos.tower.store.AppointmentsDBM} is its table, with the filter of locators.
 *   <li>{@link teos.tower.watcher.Watcher} checks whether its dispute has been seen already.
 *   <li>{@code teos.tower.watcher.RecentDisputes} answers it if so.
 * </ol>
 *
 * <p>A block passes through these files:
 *
 * <ol>
 *   <li>{@code teos.bitcoin.ChainMonitor} fetches it, and disconnects blocks in a reorg.
 *   <li>{@code teos.teosd.node.ChainPipeline} passes it to the watcher, then to the responder.
 *   <li>{@link teos.tower.watcher.Watcher} looks up the locators of its transactions.
 *   <li>{@code teos.tower.watcher.BreachSearch} loads the appointments, and decrypts their blobs.
 *   <li>{@link teos.tower.responder.Responder} stores trackers, and later processes the block.
 *   <li>{@code teos.tower.responder.PenaltySender} sends the penalties in batches.
 *   <li>{@link teos.tower.responder.Carrier} broadcasts a batch through bitcoind.
 *   <li>{@code teos.tower.responder.BlockEffects} confirms, completes and deletes trackers.
 * </ol>
 *
 * <p>A state update of an lnd client passes through these files:
 *
 * <ol>
 *   <li>{@code teos.teosd.lnd.LndServer} accepts the connection and its handshake.
 *   <li>{@code teos.teosd.lnd.WtwireSession} reads the message and sends the reply.
 *   <li>{@code teos.teosd.api.InternalApi} makes the policy decisions.
 *   <li>{@link teos.tower.sessions.SessionService} stores the update.
 *   <li>{@code teos.tower.sessions.StateUpdateWriter} checks its sequence number, in a batch.
 *   <li>{@link teos.tower.store.SessionsDBM} is the sessions' table; the blob is an appointment.
 *   <li>{@link teos.tower.watcher.Watcher} checks whether its dispute has been seen already.
 *   <li>{@code teos.tower.watcher.RecentDisputes} answers it if so.
 * </ol>
 */
@NullMarked
package teos.tower;

import org.jspecify.annotations.NullMarked;
