package teos.tower.responder;

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

  /**
   * Returns the fee rate for a confirmation within {@code blocks}, at least the minimum; empty if
   * there is no estimate.
   */
  OptionalLong within(int blocks) {
    Map.Entry<Integer, Long> estimate = byTarget.floorEntry(blocks);
    if (estimate == null) {
      estimate = byTarget.firstEntry();
    }
    return estimate == null
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(minimum, estimate.getValue()));
  }
}
