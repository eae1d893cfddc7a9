/**
 * teosd, the daemon: the program's entry ({@link teos.teosd.Teosd}) and the tower that watches
 * ({@link teos.teosd.TeosDaemon}).
 *
 * <p>Path of an appointment: {@link teos.teosd.http.PublicApi} → {@link
 * teos.teosd.http.UserEndpoints} → {@link teos.teosd.api.InternalApi} → {@link
 * teos.tower.appointments.AppointmentService} → {@link teos.tower.database.Database}, and then the
 * receipt.
 *
 * <p>Path of a block: {@link teos.bitcoin.ChainMonitor} → {@link teos.teosd.node.ChainPipeline} →
 * {@link teos.tower.gatekeeper.Gatekeeper} and {@link teos.tower.watcher.Watcher}, which hands
 * breaches to the {@link teos.tower.responder.Responder}; then the responder sends due penalties
 * through its {@link teos.tower.responder.Carrier}, and records the block as processed.
 */
@NullMarked
package teos.teosd;

import org.jspecify.annotations.NullMarked;
