package teos.tower.store;

import java.util.Optional;
import java.util.OptionalInt;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Dispute that has been seen, and the state of a penalty for it. An appointment with a bundle has
 * one tracker for each of its penalties. The transactions are in {@link TransactionsDBM}.
 *
 * @param locator locator of the appointment
 * @param user owner of the appointment
 * @param slots slots that are returned to the user when the appointment is complete; 0 in all but
 *     one of the trackers of a bundle
 * @param disputeTxid txid of the revoked commitment transaction
 * @param disputeHeight height of the block with the dispute; empty if it is not in a block
 * @param penalty the penalty
 * @param status state of the penalty
 * @param retry when the penalty is broadcast again
 */
public record Tracker(
    Locator locator,
    PublicKey user,
    int slots,
    Txid disputeTxid,
    OptionalInt disputeHeight,
    Penalty penalty,
    PenaltyStatus status,
    Retry retry) {

  /** {@code to_self_delay} in blocks that is assumed if the appointment has none: a day. */
  public static final int DEFAULT_SELF_DELAY = 144;

  /** Tracker whose retry follows from its status. */
  public Tracker(
      Locator locator,
      PublicKey user,
      int slots,
      Txid disputeTxid,
      OptionalInt disputeHeight,
      Penalty penalty,
      PenaltyStatus status) {
    this(locator, user, slots, disputeTxid, disputeHeight, penalty, status, Retry.of(status));
  }

  public Txid penaltyTxid() {
    return penalty.txid();
  }

  /** Returns the key of the tracker, which is one of those of the appointment. */
  public TrackerKey trackerKey() {
    return new TrackerKey(locator, user, penalty.member());
  }

  /** Returns the key of the appointment. */
  public AppointmentKey key() {
    return new AppointmentKey(locator, user);
  }

  public AppointmentUuid uuid() {
    return AppointmentUuid.of(locator, user);
  }

  /**
   * Returns whether the tracker responds to a dispute, as its user sees it; if not, the user sees
   * only the appointment. Of a bundle, ask the tracker that represents it ({@link
   * TrackerGroup#representative}).
   */
  public boolean isAnswering() {
    return switch (status) {
      case PenaltyStatus.Pending pending -> true;
      case PenaltyStatus.InMempool mempool -> true;
      case PenaltyStatus.Refused refused -> true;
      case PenaltyStatus.Confirmed confirmed -> true;
      case PenaltyStatus.Outspent outspent -> true;
      case PenaltyStatus.DisputeMissing missing -> false;
      case PenaltyStatus.AwaitingParent awaiting -> false;
      case PenaltyStatus.Standby standby -> false;
      case PenaltyStatus.Superseded superseded -> false;
      case PenaltyStatus.Complete complete -> false;
    };
  }

  /** Returns the tracker with another status and the retry that follows from it. */
  public Tracker withStatus(PenaltyStatus to) {
    return withStatus(to, Retry.of(to));
  }

  /** Returns the tracker with the status and the retry of {@code other}. */
  public Tracker withStateOf(Tracker other) {
    return withStatus(other.status, other.retry);
  }

  private Tracker withStatus(PenaltyStatus to, Retry retryOfStatus) {
    return new Tracker(
        locator, user, slots, disputeTxid, disputeHeight, penalty, to, retryOfStatus);
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
   * broadcast again.
   */
  public Tracker disputeFound(int height) {
    return status instanceof PenaltyStatus.DisputeMissing ? withStatus(reopened(height)) : this;
  }

  /**
   * Returns the status of a penalty that must be broadcast again, or of one of its alternatives.
   */
  private PenaltyStatus reopened(int height) {
    return penalty.hasAlternatives()
        ? new PenaltyStatus.Standby(height)
        : new PenaltyStatus.Pending(height);
  }

  /**
   * Returns the tracker with its penalty chosen among its alternatives: it is due now, and another
   * rejection does not shorten the back-off.
   */
  public Tracker chosen(int height) {
    return withStatus(new PenaltyStatus.Pending(height), retry.dueNow());
  }

  /** Returns the tracker with its penalty waiting for {@code parent}, which bitcoind lacks. */
  public Tracker awaitingParent(Txid parent, int height) {
    int since =
        penalty.hasParent(parent) && status instanceof PenaltyStatus.AwaitingParent before
            ? before.height()
            : height;
    return withPenalty(penalty.withParent(new Penalty.Parent(parent, OptionalInt.empty())))
        .withStatus(new PenaltyStatus.AwaitingParent(since));
  }

  /**
   * Returns the tracker with the transaction that it waits for in a block or in the mempool.
   *
   * @param parentHeight height of that block; empty if it is in the mempool
   * @param height height of the tip
   */
  public Tracker parentFound(OptionalInt parentHeight, int height) {
    Tracker found =
        penalty.parent().isPresent()
            ? withPenalty(
                penalty.withParent(new Penalty.Parent(penalty.parent().get().txid(), parentHeight)))
            : this;
    return switch (status) {
      case PenaltyStatus.AwaitingParent awaiting -> found.withStatus(reopened(height));
      case PenaltyStatus.Refused refused -> found.withStatus(refused, Retry.FIRST);
      default -> found;
    };
  }

  private Tracker withPenalty(Penalty to) {
    return new Tracker(locator, user, slots, disputeTxid, disputeHeight, to, status, retry);
  }

  /** Returns the tracker with other slots. */
  Tracker withSlots(int to) {
    return new Tracker(locator, user, to, disputeTxid, disputeHeight, penalty, status, retry);
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
    return new Tracker(locator, user, slots, disputeTxid, height, penalty, status, retry);
  }

  /** Returns the tracker as it is without the blocks at {@code height} and above. */
  public Tracker withoutBlocksFrom(int height) {
    Tracker undone = this;
    if (disputeHeight.isPresent() && disputeHeight.getAsInt() >= height) {
      undone = undone.disputeAt(OptionalInt.empty());
    }
    if (hasParentFrom(height)) {
      undone = undone.parentFound(OptionalInt.empty(), height - 1);
    }
    if (status.isSettled() && status.height() >= height) {
      return undone.withStatus(
          status instanceof PenaltyStatus.Confirmed
              ? new PenaltyStatus.Pending(height - 1)
              : reopened(height - 1));
    }
    boolean waiting =
        status instanceof PenaltyStatus.Refused || status instanceof PenaltyStatus.DisputeMissing;
    return waiting ? undone.dueNow() : undone;
  }

  private boolean hasParentFrom(int height) {
    return penalty
        .parent()
        .filter(parent -> parent.height().isPresent() && parent.height().getAsInt() >= height)
        .isPresent();
  }

  /**
   * Returns the tracker as complete and without slots, which have been returned to the user.
   *
   * @param height height of the highest block that settles a penalty of the appointment
   */
  public Tracker completed(int height) {
    return withSlots(0).withStatus(new PenaltyStatus.Complete(height));
  }

  /** Returns {@code to_self_delay} in blocks, or {@value #DEFAULT_SELF_DELAY} if it is unknown. */
  public long selfDelay() {
    return penalty.selfDelay() == 0 ? DEFAULT_SELF_DELAY : penalty.selfDelay();
  }

  /**
   * Returns the height of the block from which {@link #selfDelay} counts: that of the dispute, or
   * of the transaction that the penalty waited for. Empty while it is in no block.
   */
  public OptionalInt delayStart() {
    return penalty.parent().isPresent() ? penalty.parent().get().height() : disputeHeight;
  }

  /**
   * Returns the height of the first block that may contain the cheater's spend of the output; empty
   * while {@link #delayStart} is.
   */
  public OptionalInt deadline() {
    OptionalInt start = delayStart();
    return start.isPresent()
        ? OptionalInt.of((int) Math.min(Integer.MAX_VALUE, start.getAsInt() + selfDelay()))
        : OptionalInt.empty();
  }
}
