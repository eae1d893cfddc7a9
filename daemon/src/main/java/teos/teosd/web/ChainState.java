package teos.teosd.web;

import java.util.Optional;

/** How far a tower has followed the chain. */
public interface ChainState {

  /** Returns the hash of the last block that the tower has received, in display order. */
  String tip();

  /** Returns the height of bitcoind's best block as of the last poll. */
  int bestHeight();

  /** Returns the height of the last block that all components of the tower have processed. */
  int processedHeight();

  /** Returns the number of blocks that the tower has not processed yet. */
  default int blocksBehind() {
    return Math.max(0, bestHeight() - processedHeight());
  }

  /** Returns whether the ZMQ block feed is connected; empty if none is configured. */
  Optional<Boolean> blockFeed();

  /** Returns whether the ZMQ transaction feed is connected; empty if none is configured. */
  Optional<Boolean> mempoolFeed();

  /** Returns the reorgs since the start. */
  ReorgStats reorgs();
}
