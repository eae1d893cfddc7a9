package teos.bitcoin;

/** What the chain monitor tells the tower, in the order in which it happened. */
public sealed interface ChainEvent {

  /**
   * A block has joined the best chain, on top of the last one told.
   *
   * @param more whether blocks over it are known already, as while the tower catches up
   */
  record BlockConnected(ConnectedBlock block, boolean more) implements ChainEvent {}

  /**
   * The last block told has left the best chain.
   *
   * @param parent the block under it, which is the last one now
   */
  record BlockDisconnected(BlockId block, BlockId parent) implements ChainEvent {}

  /** bitcoind answers again after it had not: what waits for it can be sent. */
  record NodeReachable() implements ChainEvent {}
}
