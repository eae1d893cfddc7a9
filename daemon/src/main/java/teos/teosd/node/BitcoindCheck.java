package teos.teosd.node;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.bitcoin.BlockProcessor;
import teos.bitcoin.ChainInfo;
import teos.bitcoin.RelayPolicy;
import teos.bitcoin.RpcMethods;
import teos.config.Config;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.tower.store.KnownBlocksDBM;

/** Startup check of bitcoind. Also determines the block from which the tower continues. */
public final class BitcoindCheck {

  private static final Logger log = LoggerFactory.getLogger(BitcoindCheck.class);

  /** Network without regular blocks, so that an old tip is normal. */
  private static final String REGTEST = "regtest";

  private final BlockProcessor blocks;

  public BitcoindCheck(BlockProcessor blocks) {
    this.blocks = blocks;
  }

  /**
   * Refuses a bitcoind that the tower cannot work with, and logs a warning if it may not have
   * caught up.
   *
   * @throws StartupException if bitcoind is unusable or not ready
   */
  public void inspect(Config config) throws StartupException {
    try {
      requireMethods();
      ChainInfo chain = blocks.chainInfo();
      requireNetwork(chain, config.network().configName(), config.network().genesisHash());
      requireSynced(chain);
      requireBlocks(chain.best().height(), config.limits().locatorCacheSize());
    } catch (BitcoindException e) {
      throw asStartup(e);
    }
  }

  /**
   * Logs a warning if bitcoind's policy rejects the penalties of some channels.
   *
   * @param lnd whether the tower is open for lnd's clients
   */
  public void warnOfPolicy(boolean lnd) {
    try {
      RelayPolicy policy = blocks.relayPolicy();
      warnOfZeroFeePolicy(policy);
      // Knots counts a part of the revocation scripts of taproot channels as data.
      if (lnd && policy.isKnots()) {
        log.warn(
            "bitcoind is Bitcoin Knots, which refuses justice transactions of taproot channels"
                + " unless it has acceptnonstddatacarrier=1: see docs/lnd.md");
      }
    } catch (BitcoindException e) {
      log.atDebug().setCause(e).log("bitcoind's version is unknown");
    }
  }

  private static void warnOfZeroFeePolicy(RelayPolicy policy) {
    String effect =
        switch (policy.zeroFeeCommitments()) {
          case ALL -> "";
          case WITHOUT_DUST ->
              "penalties for commitments whose anchor is dust wait for the commitment's block";
          case NONE -> "penalties for these commitments wait for the commitment's block";
          case NO_VERSION_3 ->
              "penalties for these commitments wait for the commitment's block, and penalties of"
                  + " version 3 are never sent";
        };
    if (!effect.isEmpty()) {
      log.atWarn()
          .addKeyValue("bitcoind", policy.userAgent())
          .addKeyValue("effect", effect)
          .addKeyValue(
              "remedy",
              policy.isKnots()
                  ? "mempooltruc=enforce, subdustfeepenalty=0 and permitephemeral=anchor,dust in"
                      + " bitcoin.conf"
                  : "Bitcoin Core 29 or later")
          .addKeyValue("see", "docs/zero-fee.md")
          .log("bitcoind does not relay all zero-fee commitments");
    }
  }

  /** Converts a failed call into a startup failure with its exit code. */
  public StartupException asStartup(BitcoindException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case BitcoindException.Unauthorized unauthorized ->
          new StartupException(
              ExitCode.BITCOIND_CREDENTIALS,
              message + ". Check btc_rpc_user and btc_rpc_password, or btc_rpc_cookie");
      case BitcoindException.WarmingUp warming ->
          new StartupException(
              ExitCode.BITCOIND_WARMING_UP, message + ". Start the tower again in a while");
      case BitcoindException.OutOfSync behind ->
          new StartupException(
              ExitCode.BITCOIND_SYNCING, message + ". Start the tower again when it has caught up");
      case BitcoindException.WrongNetwork network ->
          new StartupException(ExitCode.BITCOIND_NETWORK, message);
      case BitcoindException.WrongChain chain ->
          new StartupException(ExitCode.BITCOIND_CHAIN, message);
      case BitcoindException.PrunedPast pruned ->
          new StartupException(ExitCode.BITCOIND_PRUNED, message);
      case BitcoindException.MethodForbidden forbidden ->
          new StartupException(ExitCode.BITCOIND_METHODS, message);
      case BitcoindException.MalformedResponse malformed ->
          new StartupException(
              ExitCode.BITCOIND_UNAVAILABLE,
              message + ". Is that bitcoind's RPC? Check btc_rpc_connect and btc_rpc_port");
      case BitcoindException.CallFailed failed ->
          new StartupException(ExitCode.ERROR, "a call to bitcoind failed: " + message);
      default ->
          new StartupException(
              ExitCode.BITCOIND_UNAVAILABLE,
              message + ". Is it running, and are btc_rpc_connect and btc_rpc_port right?");
    };
  }

  private void requireMethods() throws BitcoindException, StartupException {
    List<String> missing = blocks.missingMethods(RpcMethods.REQUIRED);
    if (missing.size() == RpcMethods.REQUIRED.size()) {
      throw new StartupException(
          ExitCode.BITCOIND_METHODS,
          "bitcoind at "
              + blocks.endpoint()
              + " allows none of the methods that the tower needs."
              + " Check rpcallowip, and rpcwhitelist and rpcwhitelistdefault, in bitcoin.conf. The"
              + " tower's user needs "
              + String.join(",", RpcMethods.REQUIRED));
    }
    if (!missing.isEmpty()) {
      throw new StartupException(
          ExitCode.BITCOIND_METHODS,
          "bitcoind at "
              + blocks.endpoint()
              + " does not allow the tower to call "
              + String.join(", ", missing)
              + ". Add the missing methods to the user's rpcwhitelist in bitcoin.conf, and restart"
              + " bitcoind");
    }
  }

  /** Logs which optional methods are missing, and what the tower cannot do without them. */
  public void warnOfMissingMethods() throws BitcoindException {
    for (String method : blocks.missingMethods(RpcMethods.OPTIONAL.keySet())) {
      log.atWarn()
          .addKeyValue("method", method)
          .addKeyValue("effect", RpcMethods.OPTIONAL.get(method))
          .log("optional bitcoind RPC method is missing");
    }
  }

  private void requireNetwork(ChainInfo chain, String network, String genesis)
      throws BitcoindException, StartupException {
    String found = blocks.blockHash(0).orElse("none");
    if (!found.equals(genesis)) {
      throw new StartupException(
          ExitCode.BITCOIND_NETWORK,
          "bitcoind at "
              + blocks.endpoint()
              + " is on another network ("
              + chain.chain()
              + ", genesis block "
              + found
              + ") than the tower, whose btc_network"
              + " is "
              + network
              + " (genesis block "
              + genesis
              + ")");
    }
  }

  private static void requireSynced(ChainInfo chain) throws StartupException {
    if (chain.isSyncing()) {
      throw new StartupException(
          ExitCode.BITCOIND_SYNCING,
          "bitcoind is still syncing (block "
              + chain.best().height()
              + " of "
              + chain.headers()
              + "): a tower would not see breaches. Start it again when bitcoind has caught up");
    }
    if (chain.mayBeSyncing() && !chain.chain().equals(REGTEST)) {
      log.atWarn()
          .addKeyValue("network", chain.chain())
          .addKeyValue("height", chain.best().height())
          .log("bitcoind has seen no block for a day: it may not have caught up");
    }
  }

  private static void requireBlocks(int blocks, int needed) throws StartupException {
    if (blocks < needed) {
      throw new StartupException(
          ExitCode.CHAIN_TOO_SHORT,
          "the chain has "
              + blocks
              + " blocks, and the tower needs "
              + needed
              + " (locator_cache_size): mine at least "
              + (needed - blocks)
              + " more");
    }
  }

  /**
   * Returns the known blocks from which the tower continues, lowest first. The last one is the
   * chain monitor's tip: the next event either connects a block to it or disconnects it.
   *
   * @param stored the last blocks that the tower has processed; empty for a new tower
   * @param needed number of blocks up to the last one in the chain that are read again for the
   *     locator cache
   * @param force continue from the first block that bitcoind can serve, although breaches in pruned
   *     blocks or on another chain are missed
   * @throws StartupException if blocks that are needed have been pruned, or bitcoind has none of
   *     {@code stored}, and {@code force} is not set
   */
  public List<BlockId> knownBlocks(List<BlockId> stored, int needed, boolean force)
      throws StartupException, BitcoindException {
    ChainInfo chain = blocks.chainInfo();
    if (stored.isEmpty()) {
      return blocksUpTo(unpruned(chain.best(), chain, needed, force));
    }
    Optional<BlockId> common = blocks.findLastCommonAncestor(stored);
    if (common.isEmpty()) {
      if (force) {
        return blocksUpTo(chain.best());
      }
      return stored; // the chain monitor reports the error
    }
    BlockId from = unpruned(common.get(), chain, needed, force);
    if (!from.equals(common.get())) {
      return blocksUpTo(from);
    }
    boolean few = stored.size() < KnownBlocksDBM.MAX_BLOCKS && stored.getFirst().height() > 1;
    return few && from.equals(stored.getLast()) ? blocksUpTo(from) : stored;
  }

  /**
   * Returns the blocks of the best chain up to {@code tip}, as many as a tower stores. They exclude
   * the genesis block, which all chains of the network share.
   */
  private List<BlockId> blocksUpTo(BlockId tip) throws BitcoindException {
    int first = Math.max(1, tip.height() - KnownBlocksDBM.MAX_BLOCKS + 1);
    return blocks.blocks(first, tip.height());
  }

  private BlockId unpruned(BlockId last, ChainInfo chain, int needed, boolean force)
      throws StartupException, BitcoindException {
    int first = chain.pruneHeight();
    int from = last.height() - needed + 1;
    if (from >= first) {
      return last;
    }
    if (force) {
      int height = Math.min(first + needed, chain.best().height());
      return blocks.blocks(height, height).getFirst();
    }
    throw new StartupException(
        ExitCode.BITCOIND_PRUNED,
        "bitcoind has pruned blocks that the tower needs: the first available block is "
            + first
            + ", and the tower needs all blocks from "
            + from
            + ". Let bitcoind fetch them again (-reindex without -prune), or start with"
            + " --forceupdate, which MISSES breaches in the pruned blocks");
  }
}
