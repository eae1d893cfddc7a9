package teos.teosd.web;

import java.util.Optional;

/** Where a tower is on the chain. */
public interface ChainState {

  /** The hash of the last block that the tower has heard of, display order. */
  String tip();

  /** Height of bitcoind's best block when it was asked last. */
  int bestHeight();

  /** Height of the last block that all of the tower has dealt with. */
  int processedHeight();

  /** Blocks of bitcoind's that the tower has yet to deal with. */
  default int blocksBehind() {
    return Math.max(0, bestHeight() - processedHeight());
  }

  /** Whether the ZMQ feed of blocks is connected; empty if there is to be none. */
  Optional<Boolean> blockFeed();

  /** Whether the ZMQ feed of transactions is connected; empty if there is to be none. */
  Optional<Boolean> mempoolFeed();

  /** The reorgs since the tower was started. */
  ReorgStats reorgs();
}
