package teos.tower.responder;

import teos.bitcoin.BlockId;

/** What bitcoind made of a penalty. */
public sealed interface Delivery {

  /**
   * It is in bitcoind's mempool, sent now or earlier.
   *
   * @param withDispute whether its dispute had to be sent along
   */
  record Accepted(boolean withDispute) implements Delivery {}

  /**
   * It is in a block already, of the chain that is bitcoind's best one at the moment: the tower may
   * not have heard of that yet, and may never.
   *
   * @param block that has it
   */
  record InChain(BlockId block) implements Delivery {}

  /**
   * bitcoind did not take it now, and may later: too low a fee for now, a conflict in the mempool,
   * inputs that are not there, a full mempool, not final yet.
   */
  record Refused(String reason) implements Delivery {}

  /** Its dispute is in no block and in no mempool, and bitcoind does not take that either. */
  record DisputeGone(String reason) implements Delivery {}

  /** No rule of the chain will ever let it in: the sender has made it wrongly. */
  record Invalid(String reason) implements Delivery {}

  /** bitcoind could not be asked. */
  record NodeDown() implements Delivery {}
}
