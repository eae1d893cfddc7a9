package teos.tower.store;

import java.util.OptionalInt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * A dispute that has been seen, and the penalty that answers it.
 *
 * @param locator the appointment's locator
 * @param user whose appointment it was
 * @param slots slots that go back to the user when it is complete
 * @param disputeTx the revoked commitment transaction, raw
 * @param disputeTxid its txid
 * @param disputeHeight of the block that it is in, if it is in one
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
    OptionalInt disputeHeight,
    byte[] penaltyTx,
    Txid penaltyTxid,
    PenaltyStatus status) {

  public AppointmentKey key() {
    return new AppointmentKey(locator, user);
  }

  public AppointmentUuid uuid() {
    return AppointmentUuid.of(locator, user);
  }

  /** Whether it answers a dispute now, as its user sees it; else the appointment is all there is. */
  public boolean isAnswering() {
    return switch (status) {
      case PenaltyStatus.DisputeGone gone -> false;
      case PenaltyStatus.Complete complete -> false;
      case PenaltyStatus.Pending pending -> true;
      case PenaltyStatus.InMempool mempool -> true;
      case PenaltyStatus.Refused refused -> true;
      case PenaltyStatus.Confirmed confirmed -> true;
      case PenaltyStatus.Beaten beaten -> true;
    };
  }

  /** The same tracker, whose penalty has come to {@code to}. */
  public Tracker with(PenaltyStatus to) {
    return new Tracker(
        locator, user, slots, disputeTx, disputeTxid, disputeHeight, penaltyTx, penaltyTxid, to);
  }

  /** The same tracker with its dispute in the block at {@code height}, or in none. */
  public Tracker withDisputeAt(OptionalInt height) {
    return new Tracker(
        locator, user, slots, disputeTx, disputeTxid, height, penaltyTx, penaltyTxid, status);
  }

  /** The same tracker, with no slots to give back: they have been. */
  public Tracker withoutSlots() {
    return new Tracker(
        locator, user, 0, disputeTx, disputeTxid, disputeHeight, penaltyTx, penaltyTxid, status);
  }
}
