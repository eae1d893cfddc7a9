/**
 * Shared parts of the tower's packages. The paths of an appointment, a block and a state update
 * through the whole project are in {@code docs/architecture.md}; these are their steps in the
 * tower.
 *
 * <p>An appointment comes from {@code teos.teosd.api.InternalApi}:
 *
 * <ol>
 *   <li>{@link teos.tower.appointments.AppointmentService} stores it, then looks for a recent
 *       dispute.
 *   <li>{@code teos.tower.appointments.AppointmentWriter} writes a batch of appointments.
 *   <li>{@code teos.tower.database.GroupCommit} runs the batch in one transaction, and syncs it.
 *   <li>{@link teos.tower.watcher.Watcher} checks whether the dispute is in the locator cache or
 *       the mempool.
 * </ol>
 *
 * <p>A block comes from {@code teos.teosd.node.ChainPipeline}:
 *
 * <ol>
 *   <li>{@link teos.tower.gatekeeper.Gatekeeper} updates the height, and ends subscriptions.
 *   <li>{@link teos.tower.watcher.Watcher} updates the locator cache, and finds which of the
 *       block's locators are stored.
 *   <li>{@code teos.tower.watcher.BreachSearch} loads the appointments and decrypts the penalties.
 *   <li>{@link teos.tower.responder.Responder} stores a tracker for each breach; when it has
 *       processed the block itself, marks it as processed.
 *   <li>{@code teos.tower.responder.PenaltySender} sends the penalties through the {@link
 *       teos.tower.responder.Carrier}.
 *   <li>{@code teos.tower.responder.BlockEffects} applies the block to existing trackers.
 * </ol>
 *
 * <p>A state update of an lnd client comes from {@code teos.teosd.api.InternalApi}:
 *
 * <ol>
 *   <li>{@link teos.tower.sessions.SessionService} stores it as an appointment, then looks for a
 *       recent dispute.
 *   <li>{@code teos.tower.sessions.StateUpdateWriter} checks the sequence number, and writes a
 *       batch of updates.
 *   <li>{@code teos.tower.database.GroupCommit} and {@link teos.tower.watcher.Watcher}, as above.
 * </ol>
 */
@NullMarked
package teos.tower;

import org.jspecify.annotations.NullMarked;
