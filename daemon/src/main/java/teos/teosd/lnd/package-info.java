/**
 * Server for lnd's watchtower clients (wtwire over BOLT 8).
 *
 * <p>Path of an update, from the socket to the disk:
 *
 * <ol>
 *   <li>{@link teos.teosd.lnd.LndServer} accepts the connection and starts its virtual thread
 *   <li>{@link teos.noise.NoiseSocket} does the handshake and decrypts the message
 *   <li>{@link teos.teosd.lnd.WtwireSession} runs the protocol of the connection
 *   <li>{@link teos.wtwire.Messages} decodes the message
 *   <li>{@link teos.teosd.api.InternalApi} decides by the state of bitcoind
 *   <li>{@link teos.tower.sessions.SessionService} checks the sequence and stores the update
 * </ol>
 *
 * The result returns the same way: {@code WtwireSession} turns it into the reply's code.
 */
@NullMarked
package teos.teosd.lnd;

import org.jspecify.annotations.NullMarked;
