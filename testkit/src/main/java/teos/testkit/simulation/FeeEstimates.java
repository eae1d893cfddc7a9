package teos.testkit.simulation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import teos.testkit.BitcoindRpcException;

/** Fee rates that a simulated node estimates; none at first, as on a node that is new. */
final class FeeEstimates {

  private static final int MAX_TARGET = 1_008;

  /** The next block is too early for any estimate. */
  private static final int MIN_TARGET = 2;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final TreeMap<Integer, FeeRate> byTarget = new TreeMap<>();

  /**
   * Replaces all estimates.
   *
   * @param perThousand satoshi per 1,000 virtual bytes for each number of blocks; empty for none
   */
  void set(Map<Integer, Long> perThousand) {
    byTarget.clear();
    perThousand.forEach((target, rate) -> byTarget.put(target, new FeeRate(rate)));
  }

  /**
   * Answers {@code estimatesmartfee}.
   *
   * @param minimum of the mempool, below which there is no estimate
   */
  ObjectNode answer(int target, FeeRate minimum) {
    if (target < 1 || target > MAX_TARGET) {
      throw new BitcoindRpcException(
          -8, "Invalid conf_target, must be between 1 and " + MAX_TARGET);
    }
    ObjectNode answer = JSON.objectNode();
    if (byTarget.isEmpty()) {
      ArrayNode errors = answer.putArray("errors");
      errors.add("Insufficient data or no feerate found");
      return answer.put("blocks", 0);
    }
    int blocks = Math.min(Math.max(target, MIN_TARGET), byTarget.lastKey());
    Map.Entry<Integer, FeeRate> estimate = byTarget.floorEntry(blocks);
    FeeRate rate = estimate == null ? byTarget.firstEntry().getValue() : estimate.getValue();
    return answer.put("feerate", rate.max(minimum).bitcoins()).put("blocks", blocks);
  }
}
