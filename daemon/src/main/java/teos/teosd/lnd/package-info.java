/**
 * Server for lnd's watchtower clients (wtwire over BOLT 8).
 *
 * <p>Path of a state update:
 *
 * <ol>
 *   <li>{@link teos.teosd.lnd.LndServer} accepts the connection and performs the BOLT 8 handshake
 *   <li>{@link teos.teosd.lnd.WtwireSession} reads and answers the messages of one connection
 *   <li>{@link teos.teosd.api.InternalApi} makes the policy decisions
 *   <li>{@link teos.tower.sessions.SessionService} stores the update
 * </ol>
 *
 * {@link teos.noise.NoiseSocket} encrypts and decrypts the messages, and {@link
 * teos.wtwire.Messages} encodes and decodes them.
 */
@NullMarked
package teos.teosd.lnd;

import org.jspecify.annotations.NullMarked;
