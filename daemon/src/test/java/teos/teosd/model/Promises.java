package teos.teosd.model;

/**
 * Promises that the tower has been given one after the other; the model holds it to those that are
 * true here. One that is false is not checked at all.
 */
final class Promises {

  private Promises() {}

  /** An appointment whose dispute has left the chain and the mempool is being watched again. */
  static final boolean WATCHED_AGAIN = Boolean.getBoolean("teos.model.watched-again");

  /** A dispute is answered when it is in the mempool already. */
  static final boolean MEMPOOL = Boolean.getBoolean("teos.model.mempool");

  /** A reorg over more blocks than a penalty needs to be complete brings its answer back. */
  static final boolean DEEP_REORGS = Boolean.getBoolean("teos.model.deep-reorgs");
}
