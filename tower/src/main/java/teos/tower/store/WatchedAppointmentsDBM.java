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
 * Looks up appointments whose dispute may have been seen. There may be any number of them under one
 * locator, of up to half a megabyte each, so that keys are listed without blobs, and blobs are
 * loaded by as many keys as the caller has memory for. Each method is a part of its caller's
 * transaction.
 */
public final class WatchedAppointmentsDBM {

  /** Locators that {@link #watchedKeys} looks for at once. */
  public static final int MAX_LOCATORS = Queries.MAX_PARAMETERS;

  /** Bytes of blobs that are read at a time, unless one alone has more. */
  public static final int BATCH_BYTES = 4 * 1024 * 1024;

  /** Keys without blobs that are read at a time. */
  private static final int KEYS_AT_ONCE = 1_000;

  /** What an appointment costs beside its bytes, in bytes. */
  private static final int COST_OF_ONE = 1_000;

  /** A condition: no dispute of it has been seen, and somebody pays for it. */
  private static final String WATCHED =
      "NOT EXISTS (SELECT 1 FROM trackers t WHERE t.locator = a.locator AND t.user_id = a.user_id)"
          + " AND (EXISTS (SELECT 1 FROM users u WHERE u.user_id = a.user_id)"
          + " OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = a.user_id))";

  /**
   * An appointment that is stored, without its blob.
   *
   * @param blobLength bytes of its blob
   */
  public record StoredKey(AppointmentKey key, int blobLength) {}

  /**
   * The watched appointments of all users for any of {@code locators}: those that have no tracker.
   * One whose dispute is gone again is its tracker's business; one whose user is deleted, nobody's.
   *
   * <p>In a fair order: each user's smallest blobs come first, and all bytes before and with an
   * appointment's, of the same user, say when its turn is. So neither many appointments nor large
   * ones delay those of another user.
   *
   * @param locators no more than {@link #MAX_LOCATORS}
   * @param limit the most that are listed
   */
  public List<StoredKey> watchedKeys(Handle handle, Collection<Locator> locators, int limit) {
    if (locators.size() > MAX_LOCATORS) {
      throw new IllegalArgumentException(locators.size() + " locators at once");
    }
    return Queries.inChunks(
        handle,
        "SELECT locator, user_id, bytes FROM (SELECT locator, user_id, bytes, SUM(bytes + "
            + COST_OF_ONE
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
   * Those of the appointments {@code keys} that are watched, in any order.
   *
   * @param keys of as many bytes as may be in memory
   */
  public List<StoredAppointment> loadWatched(Handle handle, Collection<AppointmentKey> keys) {
    return loadAppointments(handle, keys, " AND " + WATCHED);
  }

  /**
   * Those of the appointments {@code keys} that are stored, in any order.
   *
   * @param keys of as many bytes as may be in memory
   */
  public List<StoredAppointment> loadAppointments(Handle handle, Collection<AppointmentKey> keys) {
    return loadAppointments(handle, keys, "");
  }

  private static List<StoredAppointment> loadAppointments(
      Handle handle, Collection<AppointmentKey> keys, String condition) {
    return Queries.ofKeys(
        handle,
        "SELECT "
            + AppointmentsDBM.APPOINTMENT
            + " FROM appointments a WHERE (a.locator, a.user_id) IN (VALUES %s)"
            + condition,
        keys,
        query -> query.map(AppointmentsDBM::appointment).list());
  }

  /**
   * Shows {@code visitor} the appointments that are not being answered, in the order of their keys,
   * from the first one after {@code after} on. Reads only as far as the visitor goes, and no more
   * blobs at a time than make {@link #BATCH_BYTES}.
   *
   * @param only the locator of those that are shown; all if there is none
   * @param visitor false when it has seen enough
   * @return whether all have been shown
   */
  public boolean visitWatched(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<StoredAppointment> visitor) {
    Optional<AppointmentKey> last = after;
    List<StoredKey> page;
    do {
      page = notAnswered(handle, last, only);
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
    } while (page.size() == KEYS_AT_ONCE);
    return true;
  }

  private static List<StoredKey> notAnswered(
      Handle handle, Optional<AppointmentKey> after, Optional<Locator> only) {
    List<StoredKey> page = new ArrayList<>();
    Queries.visit(
        handle,
        "SELECT a.locator, a.user_id, length(a.encrypted_blob) FROM appointments a WHERE NOT EXISTS"
            + " (SELECT 1 FROM trackers t WHERE t.locator = a.locator AND t.user_id = a.user_id"
            + " AND t.status"
            + TrackersDBM.ANSWERING
            + ") AND ",
        after,
        only,
        query -> query.map(WatchedAppointmentsDBM::storedKey).iterator(),
        key -> page.add(key) && page.size() < KEYS_AT_ONCE);
    return page;
  }

  private static Map<AppointmentKey, StoredAppointment> byKey(List<StoredAppointment> stored) {
    return stored.stream().collect(Collectors.toMap(StoredAppointment::key, Function.identity()));
  }

  private static StoredKey storedKey(ResultSet row, StatementContext context) throws SQLException {
    return new StoredKey(AppointmentsDBM.key(row), row.getInt(3));
  }
}
