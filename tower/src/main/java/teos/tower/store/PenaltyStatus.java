package teos.tower.store;

/** How far a penalty has come. */
public sealed interface PenaltyStatus {

  /** Blocks at a height, whose meaning each kind gives. */
  int height();

  /** Whether a block of the best chain has the penalty, or what it was to spend. */
  default boolean isSettled() {
    return switch (this) {
      case Confirmed confirmed -> true;
      case Outspent beaten -> true;
      case Complete complete -> true;
      case Pending pending -> false;
      case InMempool mempool -> false;
      case Refused refused -> false;
      case DisputeMissing disputeGone -> false;
    };
  }

  /**
   * To be sent: its dispute has just been seen, bitcoind cannot be reached, or a block that had it
   * has left the chain.
   *
   * @param height of the tip when that was
   */
  record Pending(int height) implements PenaltyStatus {}

  /**
   * bitcoind has it, in no block yet.
   *
   * @param height of the tip when it was sent
   */
  record InMempool(int height) implements PenaltyStatus {}

  /**
   * bitcoind did not take it, for a reason that may pass; {@link Retry} says when it is sent again.
   *
   * @param height of the tip when it was refused first
   * @param reason bitcoind's own word, and what spends the output if something does
   */
  record Refused(int height, String reason) implements PenaltyStatus {}

  /**
   * The dispute is in no block and not in bitcoind's mempool: the appointment is being watched
   * again. The penalty is kept, and sent should its dispute come back.
   *
   * @param height of the tip when that was found
   * @param reason what is known of where it went
   */
  record DisputeMissing(int height, String reason) implements PenaltyStatus {}

  /**
   * In a block of the best chain.
   *
   * @param height of that block
   */
  record Confirmed(int height) implements PenaltyStatus {}

  /**
   * Too late: another transaction that spends what the penalty was to spend is in a block.
   *
   * @param height of that block
   * @param by the other transaction's txid, display order
   */
  record Outspent(int height, String by) implements PenaltyStatus {}

  /**
   * Over, for its user: confirmed or beaten a hundred blocks deep. It is remembered for a while,
   * because a deep enough reorg would begin it anew.
   *
   * @param height of the block with the penalty, or with what beat it
   */
  record Complete(int height) implements PenaltyStatus {}
}
