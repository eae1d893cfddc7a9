package teos.bitcoin;

import java.util.List;

/** Event of the chain or the mempool, delivered in the order in which it happened. */
public sealed interface ChainEvent {

  /**
   * A block was connected to the best chain, on top of the last connected one.
   *
   * @param catchingUp whether bitcoind is known to have blocks above it
   */
  record BlockConnected(ConnectedBlock block, boolean catchingUp) implements ChainEvent {}

  /**
   * The last connected block was disconnected from the best chain (a reorg).
   *
   * @param parent the block below it, which is the tip now
   */
  record BlockDisconnected(BlockId block, BlockId parent) implements ChainEvent {}

  /**
   * Transactions are in bitcoind's mempool. Earlier events may have had some of them.
   *
   * @param snapshot whether these are all transactions in the mempool, rather than new ones only
   */
  record MempoolSeen(List<MempoolTransaction> transactions, boolean snapshot)
      implements ChainEvent {
    public MempoolSeen {
      transactions = List.copyOf(transactions);
    }
  }

  /** bitcoind answers again after an outage: pending penalties can be broadcast. */
  record NodeReachable() implements ChainEvent {}
}
