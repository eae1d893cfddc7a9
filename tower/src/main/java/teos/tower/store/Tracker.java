package teos.tower.store;

import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * A dispute that is being answered.
 *
 * @param locator the appointment's locator
 * @param user whose appointment it was
 * @param slots slots that go back to the user when it is complete
 * @param disputeTx the revoked commitment transaction, raw
 * @param disputeTxid its txid
 * @param penaltyTx the penalty transaction, raw
 * @param penaltyTxid its txid
 * @param status how far the penalty has come
 */
public record Tracker(
    Locator locator,
    PublicKey user,
    int slots,
    byte[] disputeTx,
    Txid disputeTxid,
    byte[] penaltyTx,
    Txid penaltyTxid,
    PenaltyStatus status) {

  public AppointmentKey key() {
    return new AppointmentKey(locator, user);
  }

  public AppointmentUuid uuid() {
    return AppointmentUuid.of(locator, user);
  }
}
