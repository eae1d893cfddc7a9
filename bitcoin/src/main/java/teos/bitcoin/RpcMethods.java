package teos.bitcoin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * RPC methods of bitcoind that the tower calls: what a user's {@code rpcwhitelist} must name. A
 * method that is called anywhere is in one of these lists; {@code RpcWhitelistTest} runs a tower
 * with them.
 */
public final class RpcMethods {

  /** Methods without which the chain cannot be followed, or no penalty sent. */
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

  /** Methods that the tower can do without, and what it does not do then. */
  public static final Map<String, String> OPTIONAL =
      new TreeMap<>(
          Map.of(
              "getmempoolentry",
              "whether a penalty is still in the mempool is not looked up",
              "getmempoolinfo",
              "a mempool that takes lower fees again is not noticed before the next retry",
              "getnetworkinfo",
              "a bitcoind that relays no justice transactions of taproot channels is not noticed",
              "gettxout",
              "the block of a penalty that is confirmed already is not looked up",
              "gettxspendingprevout",
              "a refused penalty's reason does not name the conflicting spend",
              "getzmqnotifications",
              "whether bitcoind publishes transactions by ZMQ is not looked up",
              "submitpackage",
              "a dispute that the mempool has dropped is not sent again with its penalty",
              "uptime",
              "whether bitcoind is alive is asked by getblockhash, which may have to wait"));

  private RpcMethods() {}

  /** Those of {@code methods} that this user may not call, or that bitcoind does not have. */
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
