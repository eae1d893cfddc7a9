package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BitcoindRpc.Outcome;
import teos.bitcoin.NodeStatus;
import teos.bitcoin.Outpoint;
import teos.bitcoin.RpcErrorCode;
import teos.protocol.Txid;

/** Questions to bitcoind that decide when penalties are due again. */
final class NodeQueries {

  /** Mempool entries requested in one exchange. */
  private static final int LOOKUP_BATCH_SIZE = 100;

  /** Seconds by which two uptimes of the same process may differ: rounding, and response times. */
  private static final long MAX_UPTIME_DIFFERENCE = 3;

  private final BitcoindRpc rpc;
  private final NodeStatus node;

  /**
   * When bitcoind was started, in seconds of this machine's monotonic clock. Used by the
   * rebroadcaster's thread only.
   */
  private OptionalLong startedAt = OptionalLong.empty();

  NodeQueries(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.node = node;
  }

  /** Returns whether bitcoind responds to calls at all. */
  boolean nodeResponds() {
    try {
      rpc.call("getblockcount");
      return true;
    } catch (BitcoindException e) {
      return false;
    }
  }

  /**
   * Returns those of {@code txids} that are not in bitcoind's mempool; none if bitcoind does not
   * say.
   */
  Set<Txid> missingFromMempool(Collection<Txid> txids) {
    Set<Txid> missing = new HashSet<>();
    List<Txid> all = List.copyOf(txids);
    try {
      for (int from = 0; from < all.size(); from += LOOKUP_BATCH_SIZE) {
        List<Txid> batch = all.subList(from, Math.min(all.size(), from + LOOKUP_BATCH_SIZE));
        List<Outcome> outcomes =
            rpc.callAll(
                "getmempoolentry",
                batch.stream().map(txid -> new Object[] {txid.toString()}).toList());
        for (int i = 0; i < batch.size(); i++) {
          if (outcomes.get(i) instanceof Outcome.Failure(BitcoindException.Refused refused)
              && refused.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
            missing.add(batch.get(i));
          }
        }
      }
      return missing;
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return Set.of();
    }
  }

  /** Returns whether a transaction is in bitcoind's mempool. */
  boolean isInMempool(Txid txid) throws BitcoindException {
    try {
      rpc.call("getmempoolentry", txid.toString());
      return true;
    } catch (BitcoindException.Refused e) {
      if (e.code() == RpcErrorCode.INVALID_ADDRESS_OR_KEY) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Returns another transaction than {@code child} that spends an output of {@code parent} in the
   * mempool; empty if no transaction does, or bitcoind does not allow the call.
   */
  Optional<Txid> otherChild(Txid parent, Txid child) throws BitcoindException {
    try {
      for (JsonNode spender : rpc.call("getmempoolentry", parent.toString()).path("spentby")) {
        if (!spender.asText().equals(child.toString())) {
          return Optional.of(Txid.fromDisplayHex(spender.asText()));
        }
      }
      return Optional.empty();
    } catch (BitcoindException.CallFailed e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the transaction of the first of {@code outputs} that bitcoind has not as an unspent
   * output, in a block or in the mempool; empty if it has all.
   */
  Optional<Txid> missingParent(List<Outpoint> outputs) throws BitcoindException {
    List<Outpoint> asked = outputs.subList(0, Math.min(outputs.size(), LOOKUP_BATCH_SIZE));
    try {
      List<Outcome> outcomes =
          rpc.callAll(
              "gettxout",
              asked.stream()
                  .map(each -> new Object[] {each.txid().toString(), each.index(), true})
                  .toList());
      for (int i = 0; i < asked.size(); i++) {
        if (!(outcomes.get(i) instanceof Outcome.Result(JsonNode output)) || output.isNull()) {
          return Optional.of(asked.get(i).txid());
        }
      }
      return Optional.empty();
    } catch (BitcoindException.CallFailed e) {
      return Optional.of(asked.getFirst().txid()); // not permitted
    }
  }

  /**
   * Returns the mempool's minimum fee rate, in sat per 1,000 virtual bytes; empty if unknown. It is
   * at least the node's minimum for relaying.
   */
  OptionalLong minimumFee() {
    try {
      return FeeEstimates.satoshiPerKvb(rpc.call("getmempoolinfo").path("mempoolminfee"));
    } catch (BitcoindException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * Returns whether bitcoind may have been restarted or replaced since the last call, or its uptime
   * is unknown. A restarted node has lost what it had not accepted, and may have other settings.
   */
  boolean hasRestarted() {
    OptionalLong before = startedAt;
    try {
      long uptime = rpc.call("uptime").asLong();
      startedAt = OptionalLong.of(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime()) - uptime);
    } catch (BitcoindException.CallFailed e) {
      return true;
    } catch (BitcoindException e) {
      node.recordFailure(e);
      return false; // asked again when it is back
    }
    return before.isEmpty()
        || Math.abs(startedAt.getAsLong() - before.getAsLong()) > MAX_UPTIME_DIFFERENCE;
  }
}
