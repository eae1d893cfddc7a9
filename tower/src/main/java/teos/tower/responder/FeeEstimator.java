package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BitcoindRpc.Outcome;
import teos.bitcoin.NodeStatus;

/** Asks bitcoind for fee rates, and keeps the last ones for all threads. */
final class FeeEstimator {

  /** Confirmation targets in blocks: those of ladders, and two for forecasts. */
  private static final List<Integer> TARGETS =
      List.of(LadderPlanner.VERY_SOON, LadderPlanner.SOON, 24, 144);

  private final BitcoindRpc rpc;
  private final NodeStatus node;
  private final NodeQueries queries;
  private volatile FeeEstimates current = FeeEstimates.NONE;

  FeeEstimator(BitcoindRpc rpc, NodeStatus node, NodeQueries queries) {
    this.rpc = rpc;
    this.node = node;
    this.queries = queries;
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
        int target = TARGETS.get(i);
        if (outcomes.get(i) instanceof Outcome.Result(JsonNode result)) {
          FeeEstimates.satoshiPerKvb(result.path("feerate"))
              .ifPresent(rate -> byTarget.put(target, rate));
        }
      }
      current = new FeeEstimates(queries.minimumFee().orElse(current.minimum()), byTarget);
    } catch (BitcoindException.CallFailed e) {
      current = new FeeEstimates(queries.minimumFee().orElse(current.minimum()), Map.of());
    } catch (BitcoindException e) {
      node.recordFailure(e); // the last estimates are better than none
    }
  }
}
