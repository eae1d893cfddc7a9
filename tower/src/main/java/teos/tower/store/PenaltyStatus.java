package teos.tower.store;

/** How far a penalty has come. */
public sealed interface PenaltyStatus {

  /** Blocks at a height, whose meaning each kind gives. */
  int height();

  /**
   * Not at bitcoind yet, which could not be reached.
   *
   * @param height of the tip when the dispute was seen
   */
  record Pending(int height) implements PenaltyStatus {}

  /**
   * bitcoind has it, in no block yet.
   *
   * @param height of the tip when it was sent
   */
  record InMempool(int height) implements PenaltyStatus {}

  /**
   * bitcoind did not take it, for a reason that may pass; it is sent again with each block.
   *
   * @param height of the tip when it was refused first
   * @param reason bitcoind's own word
   */
  record Refused(int height, String reason) implements PenaltyStatus {}

  /**
   * In a block of the best chain.
   *
   * @param height of that block
   */
  record Confirmed(int height) implements PenaltyStatus {}
}
