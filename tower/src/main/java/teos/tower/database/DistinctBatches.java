package teos.tower.database;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Splits the items of a {@link BatchedWrite} so that no two items of a batch have the same key. A
 * later item with the same key replaces the earlier one, which must be stored first.
 */
public final class DistinctBatches {

  private DistinctBatches() {}

  /**
   * Applies {@code write} to consecutive runs of {@code items} with distinct keys.
   *
   * @param write returns a result for each item of its batch, in order
   * @return a result for each item, in order
   */
  public static <T, K, R> List<R> perform(
      List<T> items, Function<T, K> key, Function<List<T>, List<R>> write) {
    List<R> results = new ArrayList<>(items.size());
    for (int from = 0, to; from < items.size(); from = to) {
      Set<K> keys = new HashSet<>();
      to = from;
      while (to < items.size() && keys.add(key.apply(items.get(to)))) {
        to++;
      }
      results.addAll(write.apply(items.subList(from, to)));
    }
    return results;
  }
}
