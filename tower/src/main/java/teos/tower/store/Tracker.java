package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Dispute that has been seen, and the state of the penalty that answers it. The transactions are in
 * {@link TransactionsDBM}.
 *
 * @param locator locator of the appointment
 * @param user owner of the appointment
 * @param slots slots that are returned to the user when the tracker is complete
 * @param disputeTxid txid of the revoked commitment transaction
 * @param disputeHeight height of the block with the dispute; empty if it is not in a block
 * @param penaltyTxid txid of the penalty transaction
 * @param status state of the penalty
 * @param retry when the penalty is broadcast again
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

  /** Tracker whose retry follows from its status. */
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
   * Returns whether the tracker responds to a dispute, as its user sees it; if not, the user sees
   * only the appointment.
   */
  public boolean isAnswering() {
    return !(status instanceof PenaltyStatus.DisputeMissing
        || status instanceof PenaltyStatus.Complete);
  }

  /** Returns the tracker with another status and the retry that follows from it. */
  public Tracker withStatus(PenaltyStatus to) {
    return withStatus(to, Retry.of(to));
  }

  private Tracker withStatus(PenaltyStatus to, Retry retryOfStatus) {
    return new Tracker(
        locator, user, slots, disputeTxid, disputeHeight, penaltyTxid, to, retryOfStatus);
  }

  /**
   * Returns the tracker after bitcoind has rejected its penalty.
   *
   * @param reason bitcoind's reject reason
   * @param conflict conflicting spend in the mempool, if known
   * @param height height of the tip
   */
  public Tracker refused(String reason, Optional<Txid> conflict, int height) {
    int since = status instanceof PenaltyStatus.Refused before ? before.height() : height;
    return withStatus(
        new PenaltyStatus.Refused(since, reason), retry.afterRefusal(height, conflict));
  }

  /** Returns the tracker after bitcoind neither has its dispute nor accepts it. */
  public Tracker disputeMissing(String reason, int height) {
    int since = status instanceof PenaltyStatus.DisputeMissing before ? before.height() : height;
    return withStatus(
        new PenaltyStatus.DisputeMissing(since, reason),
        retry.afterRefusal(height, Optional.empty()));
  }

  /**
   * Returns the tracker with its dispute in mempool or chain: if it was missing, the penalty is
   * pending again.
   */
  public Tracker disputeFound(int height) {
    return status instanceof PenaltyStatus.DisputeMissing
        ? withStatus(new PenaltyStatus.Pending(height))
        : this;
  }

  /**
   * Returns the tracker with its penalty due now: it was evicted, or the reason for its rejection
   * may be gone.
   */
  public Tracker dueNow() {
    return withStatus(status, retry.dueNow());
  }

  /** Returns the tracker with its dispute in the block at {@code height}. */
  public Tracker disputeConfirmed(int height) {
    Tracker found = disputeAt(OptionalInt.of(height)).disputeFound(height);
    return found.status instanceof PenaltyStatus.Refused
        ? found.withStatus(found.status, Retry.FIRST)
        : found;
  }

  /**
   * Returns the tracker with its dispute in the block at {@code height}, or in no block if empty.
   */
  public Tracker disputeAt(OptionalInt height) {
    return new Tracker(locator, user, slots, disputeTxid, height, penaltyTxid, status, retry);
  }

  /** Returns the tracker as it is without the blocks at {@code height} and above. */
  public Tracker withoutBlocksFrom(int height) {
    Tracker undone = this;
    if (disputeHeight.isPresent() && disputeHeight.getAsInt() >= height) {
      undone = undone.disputeAt(OptionalInt.empty());
    }
    if (status.isSettled() && status.height() >= height) {
      return undone.withStatus(new PenaltyStatus.Pending(height - 1));
    }
    boolean waiting =
        status instanceof PenaltyStatus.Refused || status instanceof PenaltyStatus.DisputeMissing;
    return waiting ? undone.dueNow() : undone;
  }

  /** Returns the tracker as complete and without slots, which have been returned to the user. */
  public Tracker completed() {
    PenaltyStatus complete = new PenaltyStatus.Complete(status.height());
    return new Tracker(
        locator, user, 0, disputeTxid, disputeHeight, penaltyTxid, complete, Retry.of(complete));
  }
}
