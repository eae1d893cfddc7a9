package teos.bitcoin;

import java.util.List;

/** What the chain monitor tells the tower, in the order in which it happened. */
public sealed interface ChainEvent {

  /**
   * A block has joined the best chain, on top of the last one told.
   *
   * @param more whether blocks over it are known already, as while the tower catches up
   */
  record BlockConnected(ConnectedBlock block, boolean catchingUp) implements ChainEvent {}

  /**
   * The last block told has left the best chain.
   *
   * @param parent the block under it, which is the last one now
   */
  record BlockDisconnected(BlockId block, BlockId parent) implements ChainEvent {}

  /**
   * Transactions are in bitcoind's mempool. Which of them have been told before does not matter.
   *
   * @param whole whether these are all that there are, and not only new ones
   */
  record MempoolSeen(List<MempoolTransaction> transactions, boolean snapshot)
      implements ChainEvent {
    public MempoolSeen {
      transactions = List.copyOf(transactions);
    }
  }

  /** bitcoind answers again after it had not: what waits for it can be sent. */
  record NodeReachable() implements ChainEvent {}
}
