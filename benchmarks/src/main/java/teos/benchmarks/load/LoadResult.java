package teos.benchmarks.load;

import java.util.Map;
import java.util.Optional;

/**
 * What was measured.
 *
 * @param plan what was sent
 * @param tally what came back while it counted
 * @param seconds for how long it counted
 * @param receipts that were checked, warm-up included
 * @param faults what was wrong with receipts, and how often
 * @param generatorSeconds processor time that sending took
 * @param tower what the tower took, if its process is known
 * @param exhausted whether the requests made ready were used up before the time was over
 */
record LoadResult(
    LoadPlan plan,
    LoadStatistics tally,
    double seconds,
    int receipts,
    Map<String, Integer> faults,
    double generatorSeconds,
    Optional<TowerUse> tower,
    boolean exhausted) {

  /**
   * What the tower took while it counted.
   *
   * @param processorSeconds on all processors
   * @param residentMib at the end
   */
  record TowerUse(double processorSeconds, long residentMib) {}

  /** Requests that were answered as they should be. */
  long good() {
    return answers() - errors();
  }

  /** Requests that counted. */
  long answers() {
    return tally.adds().getTotalCount() + tally.reads().getTotalCount();
  }

  /** Requests that were not answered as they should be. */
  long errors() {
    return tally.errors().values().stream().mapToLong(Integer::longValue).sum();
  }

  /** Good answers a second. */
  double perSecond() {
    return good() / seconds;
  }

  /** Whether all answers and all receipts were as they should be. */
  boolean isClean() {
    return errors() == 0 && faults.isEmpty();
  }
}
