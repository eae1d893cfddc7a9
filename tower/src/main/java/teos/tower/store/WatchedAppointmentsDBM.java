package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import teos.protocol.Locator;

/**
 * Reads watched appointments: those whose dispute has not been seen. One locator may have any
 * number of them, of up to half a megabyte each. Therefore keys are listed without blobs, and
 * callers load as many blobs at a time as they have memory for. Each method is part of its caller's
 * transaction.
 */
public final class WatchedAppointmentsDBM {

  /** Maximum number of locators in one call of {@link #watchedKeys}. */
  public static final int MAX_LOCATORS = Queries.MAX_PARAMETERS;

  /** Bytes of blobs loaded at a time, unless a single blob is larger. */
  public static final int BATCH_BYTES = 4 * 1024 * 1024;

  /** Keys without blobs that are read at a time. */
  private static final int PAGE_SIZE = 1_000;

  /** Cost of an appointment in addition to its blob, in bytes. */
  private static final int OVERHEAD_BYTES = 1_000;

  /** Condition: the appointment has no tracker, and its user or session exists. */
  private static final String WATCHED =
      "NOT EXISTS (SELECT 1 FROM trackers t WHERE t.locator = a.locator AND t.user_id = a.user_id)"
          + " AND (EXISTS (SELECT 1 FROM users u WHERE u.user_id = a.user_id)"
          + " OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = a.user_id))";

  /**
   * Stored appointment without its blob.
   *
   * @param key key of the appointment
   * @param blobLength bytes of its blob
   */
  public record StoredKey(AppointmentKey key, int blobLength) {}

  /**
   * Returns the watched appointments of all users for any of {@code locators}: those without a
   * tracker. Appointments whose dispute is missing belong to their tracker; those of deleted users
   * are not watched.
   *
   * <p>The order is fair: for each user the smallest blobs come first, and an appointment is ranked
   * by the bytes of its user's appointments up to and including it. So neither many nor large
   * appointments delay those of another user.
   *
   * @param locators at most {@link #MAX_LOCATORS}
   * @param limit maximum number of keys to return
   */
  public List<StoredKey> watchedKeys(Handle handle, Collection<Locator> locators, int limit) {
    if (locators.size() > MAX_LOCATORS) {
      throw new IllegalArgumentException(
          locators.size() + " locators, expected at most " + MAX_LOCATORS);
    }
    return Queries.inChunks(
        handle,
        "SELECT locator, user_id, bytes FROM (SELECT locator, user_id, bytes, SUM(bytes + "
            + OVERHEAD_BYTES
            + ") OVER (PARTITION BY user_id ORDER BY bytes, locator) AS turn"
            + " FROM (SELECT a.locator, a.user_id, length(a.encrypted_blob) AS bytes"
            + " FROM appointments a WHERE a.locator IN (%s) AND "
            + WATCHED
            + ") AS watched) AS queued ORDER BY turn, bytes, locator, user_id LIMIT "
            + limit,
        locators,
        query -> query.map(WatchedAppointmentsDBM::storedKey).list());
  }

  /**
   * Returns those of the appointments {@code keys} that are watched, in any order.
   *
   * @param keys keys whose blobs fit into memory together
   */
  public List<StoredAppointment> loadWatched(Handle handle, Collection<AppointmentKey> keys) {
    return loadAppointments(handle, keys, " AND " + WATCHED);
  }

  /**
   * Returns those of the appointments {@code keys} that are stored, in any order.
   *
   * @param keys keys whose blobs fit into memory together
   */
  public List<StoredAppointment> loadAppointments(Handle handle, Collection<AppointmentKey> keys) {
    return loadAppointments(handle, keys, "");
  }

  private static List<StoredAppointment> loadAppointments(
      Handle handle, Collection<AppointmentKey> keys, String condition) {
    return Queries.inKeyChunks(
        handle,
        "SELECT "
            + AppointmentsDBM.APPOINTMENT
            + " FROM appointments a WHERE (a.locator, a.user_id) IN (VALUES %s)"
            + condition,
        keys,
        query -> query.map(AppointmentsDBM::appointment).list());
  }

  /**
   * Passes the appointments without an active tracker to {@code visitor} in the order of their
   * keys, starting after {@code after}, until it returns false. Loads at most {@link #BATCH_BYTES}
   * of blobs at a time.
   *
   * @param only locator of the appointments; empty for all
   * @param visitor returns false to stop
   * @return whether all appointments were visited
   */
  public boolean visitWatched(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<StoredAppointment> visitor) {
    Optional<AppointmentKey> last = after;
    List<StoredKey> page;
    do {
      page = withoutTracker(handle, last, only);
      for (List<StoredKey> batch : Batches.ofBytes(page, StoredKey::blobLength, BATCH_BYTES)) {
        List<AppointmentKey> keys = batch.stream().map(StoredKey::key).toList();
        Map<AppointmentKey, StoredAppointment> loaded = byKey(loadAppointments(handle, keys));
        for (AppointmentKey key : keys) {
          StoredAppointment stored = loaded.get(key);
          if (stored != null && !visitor.test(stored)) {
            return false;
          }
        }
        last = Optional.of(keys.getLast());
      }
    } while (page.size() == PAGE_SIZE);
    return true;
  }

  private static List<StoredKey> withoutTracker(
      Handle handle, Optional<AppointmentKey> after, Optional<Locator> only) {
    List<StoredKey> page = new ArrayList<>();
    Queries.visit(
        handle,
        "SELECT a.locator, a.user_id, length(a.encrypted_blob) FROM appointments a WHERE NOT EXISTS"
            + " (SELECT 1 FROM trackers t WHERE t.locator = a.locator AND t.user_id = a.user_id"
            + " AND t.status"
            + TrackerRow.ANSWERING
            + ") AND ",
        after,
        only,
        query -> query.map(WatchedAppointmentsDBM::storedKey).iterator(),
        key -> page.add(key) && page.size() < PAGE_SIZE);
    return page;
  }

  private static Map<AppointmentKey, StoredAppointment> byKey(List<StoredAppointment> stored) {
    return stored.stream().collect(Collectors.toMap(StoredAppointment::key, Function.identity()));
  }

  private static StoredKey storedKey(ResultSet row, StatementContext context) throws SQLException {
    return new StoredKey(AppointmentsDBM.key(row), row.getInt(3));
  }
}
