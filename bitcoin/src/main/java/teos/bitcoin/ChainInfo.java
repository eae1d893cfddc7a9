package teos.bitcoin;

/**
 * What bitcoind says of its chain.
 *
 * @param chain the network: main, test, testnet4, signet, regtest
 * @param best the tip of its best chain
 * @param headers height of the highest header that it has heard of
 * @param initialDownload whether bitcoind holds that it is still fetching the chain
 * @param firstKept height of the first block that it has not pruned
 */
public record ChainInfo(
    String chain, BlockId best, int headers, boolean initialDownload, int firstKept) {

  /** Blocks that bitcoind may be behind its headers: the last ones may be on their way. */
  private static final int BLOCKS_ON_THEIR_WAY = 6;

  /** Whether blocks are missing of which bitcoind has the headers. */
  public boolean lacksBlocks() {
    return headers - best.height() > BLOCKS_ON_THEIR_WAY;
  }

  /**
   * Whether bitcoind has yet to catch up with its network. Elsewhere than on mainnet, a chain that
   * nobody has mined on for a day counts as an initial download, and need be none: see {@link
   * #isPerhapsSyncing}.
   */
  public boolean isSyncing() {
    return lacksBlocks() || (initialDownload && chain.equals("main"));
  }

  /** Whether it has all blocks that it has heard of, and holds that there are more. */
  public boolean isPerhapsSyncing() {
    return initialDownload && !isSyncing();
  }

  /** Whether bitcoind surely has caught up: what is not in its chain has left the chain. */
  boolean isSynced() {
    return !lacksBlocks() && !initialDownload;
  }

  ChainInfo withHeaders(int height) {
    return new ChainInfo(chain, best, height, initialDownload, firstKept);
  }
}
