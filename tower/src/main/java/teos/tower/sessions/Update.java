package teos.tower.sessions;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * A blob that an lnd client wants to have stored.
 *
 * @param session the key of its session
 * @param sequence its number in it, from 1 on
 * @param lastApplied the last one that the client has a reply for
 * @param hint by which the commitment is found
 * @param blob what the justice transaction is made of, encrypted
 */
public record Update(
    PublicKey session, int sequence, int lastApplied, Locator hint, byte[] blob) {}
