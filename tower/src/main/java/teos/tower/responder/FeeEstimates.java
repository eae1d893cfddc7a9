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
public record FeeEstimates(long minimum, NavigableMap<Integer, Long> byTarget) {

  /** No estimates. */
  public static final FeeEstimates NONE = new FeeEstimates(0, Map.of());

  public FeeEstimates(long minimum, Map<Integer, Long> byTarget) {
    this(minimum, new TreeMap<>(byTarget));
  }

  /** Converts bitcoind's BTC per 1,000 virtual bytes; empty if it is no number. */
  static OptionalLong satoshiPerKvb(JsonNode rate) {
    return rate.isNumber()
        ? OptionalLong.of(rate.decimalValue().movePointRight(8).longValue())
        : OptionalLong.empty();
  }

  /**
   * Returns the fee rate for a confirmation within {@code blocks}, at least the minimum: of the
   * estimates, the one for most blocks of those that are quick enough, or else the quickest. Empty
   * if there are no estimates.
   */
  public OptionalLong estimate(int blocks) {
    Map.Entry<Integer, Long> estimate = byTarget.floorEntry(blocks);
    if (estimate == null) {
      estimate = byTarget.firstEntry();
    }
    return estimate == null
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(minimum, estimate.getValue()));
  }

  /** Returns {@link #estimate}, or the minimum if there are no estimates. */
  long within(int blocks) {
    return estimate(blocks).orElse(minimum);
  }
}
