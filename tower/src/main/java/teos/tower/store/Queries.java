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

/** Query patterns that the tables share. */
final class Queries {

  /** Empty key, which comes before all others. */
  static final byte[] EMPTY_KEY = {};

  /**
   * Maximum number of parameters in one query, a power of two: SQLite allows 32,766, PostgreSQL
   * 65,535.
   */
  static final int MAX_PARAMETERS = 1 << 14;

  private Queries() {}

  interface Rows<T> {
    List<T> of(Query query);
  }

  /** Returns a list of {@code count} placeholders, at least one. */
  static String placeholders(int count) {
    return list("?", count);
  }

  private static String list(String each, int count) {
    return (each + ",").repeat(count - 1) + each;
  }

  /**
   * Runs {@code sql}, whose IN list ({@code %s}) is {@code keys}, in as many queries as necessary.
   */
  static <T> List<T> inChunks(
      Handle handle, String sql, Collection<? extends FixedBytes> keys, Rows<T> rows) {
    return inChunks(handle, sql, "?", keys, key -> List.of(key.bytes()), rows);
  }

  /**
   * Runs {@code sql}, whose IN list ({@code %s}) is the bytes of {@code keys}, in as many queries
   * as necessary.
   */
  static <K, T> List<T> inByteChunks(
      Handle handle, String sql, Collection<K> keys, Function<K, byte[]> bytes, Rows<T> rows) {
    return inChunks(handle, sql, "?", keys, key -> List.of(bytes.apply(key)), rows);
  }

  /**
   * Runs {@code sql}, whose list of values ({@code %s}) is {@code keys}, in as many queries as
   * necessary.
   */
  static <T> List<T> inKeyChunks(
      Handle handle, String sql, Collection<AppointmentKey> keys, Rows<T> rows) {
    return inChunks(
        handle,
        sql,
        "(?,?)",
        keys,
        key -> List.of(key.locator().bytes(), key.user().bytes()),
        rows);
  }

  /** Like {@link #inKeyChunks}, for keys of trackers. */
  static <T> List<T> inTrackerChunks(
      Handle handle, String sql, Collection<TrackerKey> keys, Rows<T> rows) {
    return inChunks(
        handle,
        sql,
        "(?,?,?)",
        keys,
        key -> List.of(key.locator().bytes(), key.user().bytes(), key.member()),
        rows);
  }

  /**
   * @param placeholders placeholders of one key
   * @param values values bound to them
   */
  private static <K, T> List<T> inChunks(
      Handle handle,
      String sql,
      String placeholders,
      Collection<? extends K> keys,
      Function<K, List<?>> values,
      Rows<T> rows) {
    List<T> found = new ArrayList<>();
    List<K> all = List.copyOf(keys);
    int chunkSize = MAX_PARAMETERS / (int) placeholders.chars().filter(mark -> mark == '?').count();
    for (int from = 0; from < all.size(); from += chunkSize) {
      List<K> chunk = all.subList(from, Math.min(all.size(), from + chunkSize));
      int count = powerOfTwo(chunk.size());
      try (Query query = handle.createQuery(sql.formatted(list(placeholders, count)))) {
        int at = 0;
        for (int i = 0; i < count; i++) { // the last key pads the list
          for (Object value : values.apply(chunk.get(Math.min(i, chunk.size() - 1)))) {
            query.bind(at++, value);
          }
        }
        found.addAll(rows.of(query));
      }
    }
    return found;
  }

  /**
   * Returns the smallest power of two that is not less than {@code count}, so that there are few
   * different statements to prepare.
   */
  private static int powerOfTwo(int count) {
    return count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
  }

  /**
   * Passes rows to {@code visitor} in the order of their keys, starting after {@code after}, until
   * it returns false.
   *
   * @param select query up to and including a WHERE that is continued here
   * @param only locator of the rows; empty for all
   * @param visitor returns false to stop
   * @return whether all rows were visited
   */
  static <T> boolean visit(
      Handle handle,
      String select,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Function<Query, ResultIterator<T>> rows,
      Predicate<T> visitor) {
    String condition = only.isPresent() ? "locator = ? AND " : "";
    try (Query query =
        handle.createQuery(
            select + condition + "(locator, user_id) > (?, ?) ORDER BY locator, user_id")) {
      int at = 0;
      if (only.isPresent()) {
        query.bind(at++, only.get().bytes());
      }
      query.bind(at++, after.map(key -> key.locator().bytes()).orElse(EMPTY_KEY));
      query.bind(at, after.map(key -> key.user().bytes()).orElse(EMPTY_KEY));
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
