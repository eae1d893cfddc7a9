package teos.bitcoin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * bitcoind's RPC methods that the tower calls, and that the {@code rpcwhitelist} of its user should
 * contain. Each method that is called anywhere is in one of these lists; {@code RpcWhitelistTest}
 * runs a tower with exactly these methods.
 */
public final class RpcMethods {

  /** Methods without which the tower cannot follow the chain or broadcast penalties. */
  public static final List<String> REQUIRED =
      List.of(
          "getblock",
          "getblockchaininfo",
          "getblockhash",
          "getblockheader",
          "getchaintips",
          "getrawmempool",
          "getrawtransaction",
          "sendrawtransaction");

  /** Methods that the tower can do without, with the effect of their absence for the log. */
  public static final Map<String, String> OPTIONAL =
      new TreeMap<>(
          Map.of(
              "estimatesmartfee",
              "the tower chooses among several penalties only by their deadline and the minimum fee"
                  + " of the mempool",
              "getmempoolentry",
              "the tower does not check whether a penalty is still in the mempool",
              "getmempoolinfo",
              "the tower notices only at the next retry that the minimum fee of the mempool has"
                  + " fallen",
              "getnetworkinfo",
              "the tower cannot warn that bitcoind does not relay justice transactions of taproot"
                  + " channels, or zero-fee commitments",
              "gettxout",
              "the tower does not look up the block of a penalty that is already confirmed",
              "gettxspendingprevout",
              "the reason of a rejected penalty does not name the conflicting spend",
              "getzmqnotifications",
              "the tower does not check whether bitcoind publishes transactions by ZMQ",
              "submitpackage",
              "a dispute that was evicted from the mempool is not rebroadcast with its penalty",
              "uptime",
              "the liveness check calls getblockhash, which may wait for a block to be connected"));

  private RpcMethods() {}

  /**
   * Returns those of {@code methods} that the user may not call, or that bitcoind does not have.
   *
   * @throws BitcoindException.Unavailable if bitcoind does not answer
   */
  public static List<String> missing(BitcoindRpc rpc, Collection<String> methods)
      throws BitcoindException {
    List<String> missing = new ArrayList<>();
    for (String method : methods) {
      if (!rpc.permits(method)) {
        missing.add(method);
      }
    }
    return missing;
  }
}
