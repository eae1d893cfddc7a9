package teos.tower.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.Query;
import teos.protocol.FixedBytes;
import teos.protocol.Locator;

/** Shapes of queries that appointments and trackers share. */
final class Queries {

  /** No bytes come before all others. */
  static final byte[] BEFORE_ALL = {};

  /** Parameters in one query, a power of two: SQLite takes 32,766, PostgreSQL 65,535. */
  static final int MAX_PARAMETERS = 1 << 14;

  private Queries() {}

  interface Rows<T> {
    List<T> of(Query query);
  }

  /** The marks of {@code count} parameters in a list: at least one. */
  static String marks(int count) {
    return list("?", count);
  }

  private static String list(String each, int count) {
    return (each + ",").repeat(count - 1) + each;
  }

  /** What {@code sql} gives, whose IN list ({@code %s}) is {@code keys}, however many. */
  static <T> List<T> inChunks(
      Handle handle, String sql, Collection<? extends FixedBytes> keys, Rows<T> rows) {
    return inChunks(handle, sql, "?", keys, key -> List.of(key.bytes()), rows);
  }

  /**
   * What {@code sql} gives, whose IN list ({@code %s}) is the bytes of {@code keys}, however many.
   */
  static <K, T> List<T> ofBytes(
      Handle handle, String sql, Collection<K> keys, Function<K, byte[]> bytes, Rows<T> rows) {
    return inChunks(handle, sql, "?", keys, key -> List.of(bytes.apply(key)), rows);
  }

  /** What {@code sql} gives, whose list of values ({@code %s}) is {@code keys}, however many. */
  static <T> List<T> ofKeys(
      Handle handle, String sql, Collection<AppointmentKey> keys, Rows<T> rows) {
    return inChunks(
        handle,
        sql,
        "(?,?)",
        keys,
        key -> List.of(key.locator().bytes(), key.user().bytes()),
        rows);
  }

  /**
   * @param marks those of one key
   * @param values what is bound to them
   */
  private static <K, T> List<T> inChunks(
      Handle handle,
      String sql,
      String marks,
      Collection<? extends K> keys,
      Function<K, List<byte[]>> values,
      Rows<T> rows) {
    List<T> found = new ArrayList<>();
    List<K> all = List.copyOf(keys);
    int atOnce = MAX_PARAMETERS / (int) marks.chars().filter(mark -> mark == '?').count();
    for (int from = 0; from < all.size(); from += atOnce) {
      List<K> chunk = all.subList(from, Math.min(all.size(), from + atOnce));
      int count = powerOfTwo(chunk.size());
      try (Query query = handle.createQuery(sql.formatted(list(marks, count)))) {
        int at = 0;
        for (int i = 0; i < count; i++) { // the last key may come more than once
          for (byte[] value : values.apply(chunk.get(Math.min(i, chunk.size() - 1)))) {
            query.bind(at++, value);
          }
        }
        found.addAll(rows.of(query));
      }
    }
    return found;
  }

  /** The least that is no less than {@code count}: so that there are few different queries. */
  private static int powerOfTwo(int count) {
    return count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
  }

  /**
   * Shows {@code visitor} rows in the order of their keys, from the first one after {@code after}
   * on, as far as it goes.
   *
   * @param select up to and with a WHERE to which more is added
   * @param visitor false when it has seen enough
   * @return whether all have been shown
   */
  static <T> boolean visit(
      Handle handle,
      String select,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Function<Query, ResultIterator<T>> rows,
      Predicate<T> visitor) {
    String own = only.isPresent() ? "locator = ? AND " : "";
    try (Query query =
        handle.createQuery(
            select + own + "(locator, user_id) > (?, ?) ORDER BY locator, user_id")) {
      int at = 0;
      if (only.isPresent()) {
        query.bind(at++, only.get().bytes());
      }
      query.bind(at++, after.map(key -> key.locator().bytes()).orElse(BEFORE_ALL));
      query.bind(at, after.map(key -> key.user().bytes()).orElse(BEFORE_ALL));
      try (ResultIterator<T> found = rows.apply(query)) {
        while (found.hasNext()) {
          if (!visitor.test(found.next())) {
            return false;
          }
        }
      }
      return true;
    }
  }
}
