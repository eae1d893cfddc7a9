package teos.tower.sessions;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * State update of an lnd client's session: a blob to store.
 *
 * @param session key of its session
 * @param sequence its number in the session, starting at 1
 * @param lastApplied number of the last update that the client has a reply for
 * @param hint breach hint by which the commitment transaction is found
 * @param blob encrypted parts of the justice transaction
 */
public record StateUpdate(
    PublicKey session, int sequence, int lastApplied, Locator hint, byte[] blob) {}
