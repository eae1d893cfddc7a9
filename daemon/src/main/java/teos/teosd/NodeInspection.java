package teos.teosd;

import com.fasterxml.jackson.databind.JsonNode;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockId;

/** Whether the bitcoind that the tower is to watch with is fit for it. */
final class NodeInspection {

  /** Blocks that bitcoind may be behind its headers: the last ones may be on their way. */
  private static final int BLOCKS_ON_THEIR_WAY = 6;

  private final BitcoindRpc rpc;

  NodeInspection(BitcoindRpc rpc) {
    this.rpc = rpc;
  }

  /**
   * @param network the name of the network that the tower is meant for
   * @param genesis the hash of that network's first block, display order
   * @param needed blocks that the tower looks back from the tip
   * @throws StartupException if bitcoind cannot be used, or not yet
   */
  void inspect(String network, String genesis, int needed) throws StartupException {
    try {
      requireNetwork(network, genesis);
      JsonNode chain = rpc.call("getblockchaininfo");
      requireSynced(chain, network);
      requireBlocks(chain.path("blocks").asInt(), needed);
    } catch (BitcoindException e) {
      throw asStartup(e);
    }
  }

  /** What a call that failed means for the start. */
  StartupException asStartup(BitcoindException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case BitcoindException.Unauthorized unauthorized ->
          new StartupException(
              ExitCode.BITCOIND_CREDENTIALS,
              message + ". Check btc_rpc_user and btc_rpc_password, or btc_rpc_cookie");
      case BitcoindException.WarmingUp warming ->
          new StartupException(
              ExitCode.BITCOIND_WARMING_UP, message + ". Start the tower again in a while");
      case BitcoindException.Refused refused ->
          new StartupException(ExitCode.ERROR, "bitcoind refuses to answer: " + message);
      default ->
          new StartupException(
              ExitCode.BITCOIND_AWAY,
              message + ". Is it running, and are btc_rpc_connect and btc_rpc_port right?");
    };
  }

  private void requireNetwork(String network, String genesis)
      throws BitcoindException, StartupException {
    String found = rpc.call("getblockhash", 0).asText();
    if (!found.equals(genesis)) {
      String chain = rpc.call("getblockchaininfo").path("chain").asText();
      throw new StartupException(
          ExitCode.BITCOIND_NETWORK,
          "bitcoind at " + rpc.endpoint() + " is on another network ("
              + chain + ", genesis block " + found + ") than the tower, whose btc_network is "
              + network + " (genesis block " + genesis + ")");
    }
  }

  private static void requireSynced(JsonNode chain, String network) throws StartupException {
    int blocks = chain.path("blocks").asInt();
    int headers = chain.path("headers").asInt();
    // On regtest a chain that nobody has mined on today counts as an initial download for ever.
    boolean downloading =
        chain.path("initialblockdownload").asBoolean() && !network.equals("regtest");
    if (downloading || headers - blocks > BLOCKS_ON_THEIR_WAY) {
      throw new StartupException(
          ExitCode.BITCOIND_SYNCING,
          "bitcoind is still syncing (block " + blocks + " of " + headers
              + "): a tower would not see breaches. Start it again when bitcoind has caught up");
    }
  }

  private static void requireBlocks(int blocks, int needed) throws StartupException {
    if (blocks < needed) {
      throw new StartupException(
          ExitCode.CHAIN_TOO_SHORT,
          "the chain has " + blocks + " blocks, and the tower needs " + needed
              + " (locator_cache_size): mine at least " + (needed - blocks) + " more");
    }
  }

  /**
   * Where the tower goes on from.
   *
   * @param lastKnown the last block that it has dealt with
   * @param needed blocks under it that are read again for the locator cache
   * @param force go on from the first block that is left, and miss what was pruned
   * @throws StartupException if blocks that are needed have been pruned, and {@code force} is not set
   */
  BlockId requireUnpruned(BlockId lastKnown, int needed, boolean force)
      throws StartupException, BitcoindException {
    JsonNode chain = rpc.call("getblockchaininfo");
    int first = chain.path("pruned").asBoolean() ? chain.path("pruneheight").asInt() : 0;
    int from = lastKnown.height() - needed + 1;
    if (from >= first) {
      return lastKnown;
    }
    if (force) {
      int height = Math.min(first + needed, chain.path("blocks").asInt());
      return new BlockId(rpc.call("getblockhash", height).asText(), height);
    }
    throw new StartupException(
        ExitCode.BITCOIND_PRUNED,
        "bitcoind has pruned blocks that the tower needs: it has them from " + first
            + ", and the tower needs them from " + from + ". Let bitcoind fetch them again"
            + " (-reindex without -prune), or start with --forceupdate, with which breaches in"
            + " the blocks that are gone are MISSED");
  }

  /** Whether bitcoind publishes transactions by ZMQ; so, too, if it cannot tell. */
  boolean publishesTransactions() throws BitcoindException {
    try {
      for (JsonNode notification : rpc.call("getzmqnotifications")) {
        if (notification.path("type").asText().equals("pubrawtx")) {
          return true;
        }
      }
      return false;
    } catch (BitcoindException.Refused e) {
      return true; // built without ZMQ, or an RPC that is not allowed: the feed is tried
    }
  }
}
