package teos.tower.sessions;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Update of an lnd client's session: a blob to be stored.
 *
 * @param session the key of its session
 * @param sequence its number in the session, from 1 on
 * @param lastApplied the number of the last update that the client has a reply for
 * @param hint by which the commitment is found
 * @param blob what the justice transaction is made of, encrypted
 */
public record StateUpdate(
    PublicKey session, int sequence, int lastApplied, Locator hint, byte[] blob) {}
