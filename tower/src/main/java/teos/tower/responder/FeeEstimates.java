package teos.tower.responder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Fee rates that bitcoind estimates, in sat per 1,000 virtual bytes.
 *
 * @param minimum minimum fee rate of the mempool; 0 if unknown
 * @param byTarget fee rate for a confirmation within so many blocks; empty if there are no
 *     estimates
 */
record FeeEstimates(long minimum, NavigableMap<Integer, Long> byTarget) {

  /** No estimates. */
  static final FeeEstimates NONE = new FeeEstimates(0, Map.of());

  FeeEstimates(long minimum, Map<Integer, Long> byTarget) {
    this(minimum, new TreeMap<>(byTarget));
  }

  /** Converts bitcoind's BTC per 1,000 virtual bytes; empty if it is no number. */
  static OptionalLong satoshiPerKvb(JsonNode rate) {
    return rate.isNumber()
        ? OptionalLong.of(rate.decimalValue().movePointRight(8).longValue())
        : OptionalLong.empty();
  }

  /**
   * Returns the fee rate for a confirmation within {@code blocks}: the minimum if there is no
   * estimate for so few blocks.
   */
  long within(int blocks) {
    Map.Entry<Integer, Long> estimate = byTarget.floorEntry(blocks);
    return estimate == null ? minimum : Math.max(minimum, estimate.getValue());
  }
}
