package teos.tower.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Splits lists of rows that have to be loaded into batches that fit into memory. */
public final class Batches {

  private Batches() {}

  /**
   * Splits {@code items}, in order, into batches of up to {@code maxBytes}; a larger item gets its
   * own batch.
   */
  public static <T> List<List<T>> ofBytes(List<T> items, ToIntFunction<T> bytes, int maxBytes) {
    List<List<T>> batches = new ArrayList<>();
    for (int from = 0, to; from < items.size(); from = to) {
      to = end(items, from, bytes, maxBytes);
      batches.add(items.subList(from, to));
    }
    return batches;
  }

  /** Returns the index after the batch that begins at {@code from}. */
  public static <T> int end(List<T> items, int from, ToIntFunction<T> bytes, int maxBytes) {
    int to = from + 1;
    long sum = bytes.applyAsInt(items.get(from));
    while (to < items.size() && sum + bytes.applyAsInt(items.get(to)) <= maxBytes) {
      sum += bytes.applyAsInt(items.get(to));
      to++;
    }
    return to;
  }
}
