package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * A dispute that has been seen, and how far the penalty that answers it has come. The transactions
 * themselves are not in it: see {@link TransactionsDBM}.
 *
 * @param locator the appointment's locator
 * @param user whose appointment it was
 * @param slots slots that go back to the user when it is complete
 * @param disputeTxid txid of the revoked commitment transaction
 * @param disputeHeight of the block that it is in, if it is in one
 * @param penaltyTxid txid of the penalty transaction
 * @param status how far the penalty has come
 * @param retry when the penalty is sent again
 */
public record Tracker(
    Locator locator,
    PublicKey user,
    int slots,
    Txid disputeTxid,
    OptionalInt disputeHeight,
    Txid penaltyTxid,
    PenaltyStatus status,
    Retry retry) {

  /** A tracker whose penalty is sent again when its status says. */
  public Tracker(
      Locator locator,
      PublicKey user,
      int slots,
      Txid disputeTxid,
      OptionalInt disputeHeight,
      Txid penaltyTxid,
      PenaltyStatus status) {
    this(locator, user, slots, disputeTxid, disputeHeight, penaltyTxid, status, Retry.of(status));
  }

  public AppointmentKey key() {
    return new AppointmentKey(locator, user);
  }

  public AppointmentUuid uuid() {
    return AppointmentUuid.of(locator, user);
  }

  /**
   * Whether it answers a dispute now, as its user sees it; else the appointment is all there is.
   */
  public boolean isAnswering() {
    return !(status instanceof PenaltyStatus.DisputeMissing
        || status instanceof PenaltyStatus.Complete);
  }

  /** The same tracker, whose penalty has come to {@code to}. */
  public Tracker with(PenaltyStatus to) {
    return with(to, Retry.of(to));
  }

  private Tracker with(PenaltyStatus to, Retry again) {
    return new Tracker(locator, user, slots, disputeTxid, disputeHeight, penaltyTxid, to, again);
  }

  /**
   * The same tracker, refused by bitcoind.
   *
   * @param conflict what in the mempool spends what the penalty needs, if that is known
   * @param height of the tip
   */
  public Tracker refused(String reason, Optional<Txid> conflict, int height) {
    int since = status instanceof PenaltyStatus.Refused before ? before.height() : height;
    return with(new PenaltyStatus.Refused(since, reason), retry.afterRefusal(height, conflict));
  }

  /** The same tracker, whose dispute bitcoind has not, and does not take. */
  public Tracker disputeGone(String reason, int height) {
    int since = status instanceof PenaltyStatus.DisputeMissing before ? before.height() : height;
    return with(
        new PenaltyStatus.DisputeMissing(since, reason),
        retry.afterRefusal(height, Optional.empty()));
  }

  /**
   * The same tracker with its dispute in mempool or chain: if it was gone, it is answered again.
   */
  public Tracker disputeBack(int height) {
    return status instanceof PenaltyStatus.DisputeMissing
        ? with(new PenaltyStatus.Pending(height))
        : this;
  }

  /** The same tracker, due now: the mempool has lost it, or what it was refused for has changed. */
  public Tracker dueNow() {
    return with(status, retry.now());
  }

  /** The same tracker with its dispute in the block at {@code height}. */
  public Tracker disputeConfirmed(int height) {
    Tracker found = disputeAt(OptionalInt.of(height)).disputeBack(height);
    return found.status instanceof PenaltyStatus.Refused
        ? found.with(found.status, Retry.FIRST)
        : found;
  }

  /** The same tracker with its dispute in the block at {@code height}, or in none. */
  public Tracker disputeAt(OptionalInt height) {
    return new Tracker(locator, user, slots, disputeTxid, height, penaltyTxid, status, retry);
  }

  /** The same tracker as it is if there is no block at {@code height} and over. */
  public Tracker withoutBlocksFrom(int height) {
    Tracker undone = this;
    if (disputeHeight.isPresent() && disputeHeight.getAsInt() >= height) {
      undone = undone.disputeAt(OptionalInt.empty());
    }
    if (status.isSettled() && status.height() >= height) {
      return undone.with(new PenaltyStatus.Pending(height - 1));
    }
    boolean waits =
        status instanceof PenaltyStatus.Refused || status instanceof PenaltyStatus.DisputeMissing;
    return waits ? undone.dueNow() : undone;
  }

  /** The same tracker, over, with no slots to give back: they have been. */
  public Tracker completed() {
    PenaltyStatus over = new PenaltyStatus.Complete(status.height());
    return new Tracker(
        locator, user, 0, disputeTxid, disputeHeight, penaltyTxid, over, Retry.of(over));
  }
}
