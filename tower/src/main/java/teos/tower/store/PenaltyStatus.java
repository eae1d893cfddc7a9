package teos.tower.store;

/** State of a penalty transaction. */
public sealed interface PenaltyStatus {

  /** Block height; each kind gives its meaning. */
  int height();

  /**
   * Returns whether a block of the best chain has the penalty, another one of its bundle that
   * spends the same output, or a conflicting spend.
   */
  default boolean isSettled() {
    return switch (this) {
      case Confirmed confirmed -> true;
      case Outspent outspent -> true;
      case Complete complete -> true;
      case Superseded superseded -> true;
      case Pending pending -> false;
      case InMempool mempool -> false;
      case Refused refused -> false;
      case DisputeMissing missing -> false;
      case Standby standby -> false;
      case AwaitingParent awaiting -> false;
    };
  }

  /**
   * Not broadcast yet: the dispute has just been seen, bitcoind is unavailable, or a block with the
   * penalty has left the chain.
   *
   * @param height of the tip when the penalty became pending
   */
  record Pending(int height) implements PenaltyStatus {}

  /**
   * In bitcoind's mempool.
   *
   * @param height of the tip when the penalty was broadcast
   */
  record InMempool(int height) implements PenaltyStatus {}

  /**
   * Rejected by bitcoind for a reason that may pass; {@link Retry} says when the penalty is
   * broadcast again.
   *
   * @param height of the tip at the first rejection
   * @param reason bitcoind's reject reason, and the conflicting spend if there is one
   */
  record Refused(int height, String reason) implements PenaltyStatus {}

  /**
   * The dispute is neither in a block nor in bitcoind's mempool: the appointment is watched again.
   * The penalty is kept and broadcast if the dispute reappears.
   *
   * @param height of the tip when the dispute was found missing
   * @param reason what is known about why it is missing
   */
  record DisputeMissing(int height, String reason) implements PenaltyStatus {}

  /**
   * In a block of the best chain.
   *
   * @param height of that block
   */
  record Confirmed(int height) implements PenaltyStatus {}

  /**
   * Too late: a block has another transaction that spends an output that the penalty was to spend.
   *
   * @param height of that block
   * @param by txid of the other transaction, display order
   */
  record Outspent(int height, String by) implements PenaltyStatus {}

  /**
   * Confirmed or outspent 100 blocks deep, so that the user gets the slots back. The tracker is
   * kept for a while because a deeper reorg would reopen it.
   *
   * @param height of the block with the penalty or the conflicting spend
   */
  record Complete(int height) implements PenaltyStatus {}

  /**
   * Not broadcast: an alternative in the same bundle is, or was chosen first.
   *
   * @param height of the tip since which it waits
   */
  record Standby(int height) implements PenaltyStatus {}

  /**
   * An alternative in the same bundle is in a block of the best chain.
   *
   * @param height of that block
   */
  record Superseded(int height) implements PenaltyStatus {}

  /**
   * A transaction other than the dispute, whose output the penalty spends, is neither in a block
   * nor in bitcoind's mempool; see {@link Penalty#parent}.
   *
   * @param height of the tip since which the penalty waits
   */
  record AwaitingParent(int height) implements PenaltyStatus {}
}
