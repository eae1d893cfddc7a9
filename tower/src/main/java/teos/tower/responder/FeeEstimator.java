package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BitcoindRpc.Outcome;
import teos.bitcoin.NodeStatus;

/** Asks bitcoind for fee rates, and keeps the last ones for all threads. */
final class FeeEstimator {

  /** Confirmation targets in blocks. */
  private static final List<Integer> TARGETS = List.of(2, 6, 24, 144);

  private final BitcoindRpc rpc;
  private final NodeStatus node;
  private volatile FeeEstimates current = FeeEstimates.NONE;

  FeeEstimator(BitcoindRpc rpc, NodeStatus node) {
    this.rpc = rpc;
    this.node = node;
  }

  /** Returns the last estimates; none before the first {@link #refresh}. */
  FeeEstimates current() {
    return current;
  }

  /** Asks bitcoind again. What it does not tell or allow is unknown. */
  void refresh() {
    try {
      Map<Integer, Long> byTarget = new HashMap<>();
      List<Outcome> outcomes =
          rpc.callAll(
              "estimatesmartfee", TARGETS.stream().map(target -> new Object[] {target}).toList());
      for (int i = 0; i < TARGETS.size(); i++) {
        if (outcomes.get(i) instanceof Outcome.Result(JsonNode result)
            && result.path("feerate").isNumber()) {
          byTarget.put(TARGETS.get(i), satoshiPerKvb(result.path("feerate")));
        }
      }
      current = new FeeEstimates(minimum(), byTarget);
    } catch (BitcoindException.CallFailed e) {
      current = new FeeEstimates(minimum(), Map.of());
    } catch (BitcoindException e) {
      node.recordFailure(e); // the last estimates are better than none
    }
  }

  private long minimum() {
    try {
      JsonNode info = rpc.call("getmempoolinfo");
      return Math.max(
          satoshiPerKvb(info.path("mempoolminfee")), satoshiPerKvb(info.path("minrelaytxfee")));
    } catch (BitcoindException e) {
      return current.minimum();
    }
  }

  /** Converts bitcoind's BTC per 1,000 virtual bytes; 0 if it is no number. */
  private static long satoshiPerKvb(JsonNode rate) {
    return rate.isNumber()
        ? rate.decimalValue().multiply(BigDecimal.valueOf(100_000_000)).longValue()
        : 0;
  }
}
