package teos.bitcoin;

/**
 * State of bitcoind's chain: the result of {@code getblockchaininfo}.
 *
 * @param chain the network: main, test, testnet4, signet, regtest
 * @param best the tip of its best chain
 * @param headers height of the highest valid header that bitcoind has
 * @param initialDownload bitcoind's {@code initialblockdownload}
 * @param pruneHeight height of the lowest block that bitcoind has not pruned; 0 if it does not
 *     prune
 */
public record ChainInfo(
    String chain, BlockId best, int headers, boolean initialDownload, int pruneHeight) {

  /** Blocks that may be missing below the headers without counting as a lag: they are in flight. */
  private static final int MAX_BLOCKS_IN_FLIGHT = 6;

  /**
   * Returns whether bitcoind lacks blocks whose headers it has (more than are usually in flight).
   */
  public boolean lacksBlocks() {
    return headers - best.height() > MAX_BLOCKS_IN_FLIGHT;
  }

  /**
   * Returns whether bitcoind is catching up with its network. On test networks {@code
   * initialDownload} alone does not count, because it is also true if no block was mined for a day:
   * see {@link #mayBeSyncing}.
   */
  public boolean isSyncing() {
    return lacksBlocks() || (initialDownload && chain.equals("main"));
  }

  /** Returns whether bitcoind has all blocks of its headers, but reports an initial download. */
  public boolean mayBeSyncing() {
    return initialDownload && !isSyncing();
  }

  /**
   * Returns whether bitcoind has certainly caught up, so that a block not in its chain was reorged
   * out.
   */
  boolean isSynced() {
    return !lacksBlocks() && !initialDownload;
  }

  ChainInfo withHeaders(int height) {
    return new ChainInfo(chain, best, height, initialDownload, pruneHeight);
  }
}
