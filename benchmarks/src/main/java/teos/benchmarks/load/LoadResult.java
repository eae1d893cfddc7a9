package teos.benchmarks.load;

import java.util.Map;
import java.util.Optional;

/**
 * Result of a load run. "Counted" requests are those of the window after the warm-up.
 *
 * @param plan the load
 * @param statistics of the counted requests
 * @param seconds length of the counted window
 * @param receipts number of receipts checked, warm-up included
 * @param receiptFaults what was wrong with receipts, and how often
 * @param senderCpuSeconds CPU time of this process
 * @param tower CPU time and memory of the tower, if its process is known
 * @param exhausted whether the prepared requests were used up before the time was over
 */
record LoadResult(
    LoadPlan plan,
    LoadStatistics statistics,
    double seconds,
    int receipts,
    Map<String, Integer> receiptFaults,
    double senderCpuSeconds,
    Optional<TowerUsage> tower,
    boolean exhausted) {

  /**
   * Resources that the tower used during the counted window.
   *
   * @param cpuSeconds on all processors
   * @param residentMib resident memory at the end
   */
  record TowerUsage(double cpuSeconds, long residentMib) {}

  /** Returns the number of counted requests with a correct response. */
  long good() {
    return responses() - errors();
  }

  /** Returns the number of counted requests. */
  long responses() {
    return statistics.adds().getTotalCount() + statistics.reads().getTotalCount();
  }

  /** Returns the number of counted requests without a correct response. */
  long errors() {
    return statistics.errors().values().stream().mapToLong(Integer::longValue).sum();
  }

  /** Returns the correct responses a second. */
  double perSecond() {
    return good() / seconds;
  }

  /** Returns whether all responses and all receipts were correct. */
  boolean isClean() {
    return errors() == 0 && receiptFaults.isEmpty();
  }
}
