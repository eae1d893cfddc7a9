package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.database.Database;

/**
 * Table of appointments, with a filter over all stored locators in memory. Each method that takes a
 * handle is part of its caller's transaction.
 */
public final class AppointmentsDBM {

  private static final Duration FILTER_TIMEOUT = Duration.ofMillis(500);

  static final String APPOINTMENT =
      "a.locator, a.user_id, a.encrypted_blob, a.to_self_delay, a.user_signature, a.start_block";

  private final LocatorFilter locators;

  /** Approximate number of appointments; negative until they have been counted. */
  private final AtomicLong count = new AtomicLong(Long.MIN_VALUE);

  private final Database database;

  /**
   * Opens the table in {@code database}. Only one object per process may store appointments.
   * Appointments that other processes store must be {@linkplain #addToFilter added} before blocks
   * are searched.
   */
  public AppointmentsDBM(Database database) {
    this.database = database;
    this.locators = new LocatorFilter(new LocatorFilterLoader(database, this::recount));
  }

  /**
   * Starts to load the locators into memory and waits up to half a second for it. Until they are
   * loaded, the database is searched for every locator.
   */
  public void loadLocators() throws InterruptedException {
    locators.startLoading().join(FILTER_TIMEOUT);
  }

  /** Adds the locators of appointments that another process has stored. */
  public void addToFilter(Collection<AppointmentKey> stored) {
    stored.forEach(key -> locators.add(key.locator()));
  }

  /** Counts the appointments again, because other processes may have stored or deleted some. */
  public long recount() {
    long counted = database.read(AppointmentsDBM::countIn);
    count.set(counted);
    return counted;
  }

  /** Returns the user's appointment for {@code locator}. */
  public Optional<StoredAppointment> loadAppointment(
      Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery(
            "SELECT " + APPOINTMENT + " FROM appointments a WHERE a.locator = ? AND a.user_id = ?")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .map(AppointmentsDBM::appointment)
        .findOne();
  }

  /**
   * Returns those of {@code keys} for which there may be an appointment or a tracker, without a
   * database read.
   */
  public Collection<AppointmentKey> possiblyStored(Collection<AppointmentKey> keys) {
    // Appointments of other processes may not be in the filter yet.
    return database.isShared()
        ? keys
        : keys.stream().filter(key -> locators.mightContain(key.locator())).toList();
  }

  /** Returns the length in bytes of the blob of each stored appointment among {@code keys}. */
  public Map<AppointmentKey, Integer> blobLengths(Handle handle, Collection<AppointmentKey> keys) {
    Map<AppointmentKey, Integer> lengths = new HashMap<>();
    Queries.inKeyChunks(
            handle,
            "SELECT locator, user_id, length(encrypted_blob) FROM appointments"
                + " WHERE (locator, user_id) IN (VALUES %s)",
            possiblyStored(keys),
            query -> query.map((row, context) -> Map.entry(key(row), row.getInt(3))).list())
        .forEach(found -> lengths.put(found.getKey(), found.getValue()));
    return lengths;
  }

  /**
   * Stored appointment without its blob.
   *
   * @param blobLength bytes of its blob
   * @param userSignature the user's signature
   * @param startBlock height from which the tower watches
   */
  public record Version(int blobLength, String userSignature, long startBlock) {}

  /** Returns the stored appointments among {@code keys}, without blobs. */
  public Map<AppointmentKey, Version> versions(Handle handle, Collection<AppointmentKey> keys) {
    Map<AppointmentKey, Version> found = new HashMap<>();
    Queries.inKeyChunks(
            handle,
            "SELECT locator, user_id, length(encrypted_blob), user_signature, start_block"
                + " FROM appointments WHERE (locator, user_id) IN (VALUES %s)",
            possiblyStored(keys),
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(
                                key(row),
                                new Version(row.getInt(3), row.getString(4), row.getLong(5))))
                    .list())
        .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
    return found;
  }

  /** Stores an appointment; replaces its user's earlier one for the same locator. */
  public void storeAppointment(Handle handle, StoredAppointment stored) {
    if (blobLengths(handle, List.of(stored.key())).isEmpty()) {
      insertAppointments(handle, List.of(stored));
    } else {
      replaceAppointments(handle, List.of(stored));
    }
  }

  /** Stores appointments for locators for which their users have none. */
  public void insertAppointments(Handle handle, Collection<StoredAppointment> fresh) {
    fresh.forEach(stored -> locators.add(stored.appointment().locator()));
    execute(
        handle,
        "INSERT INTO appointments (encrypted_blob, to_self_delay, user_signature, start_block,"
            + " locator, user_id) VALUES (?, ?, ?, ?, ?, ?)",
        fresh);
    count.addAndGet(fresh.size());
  }

  /** Replaces the appointments that their users have for the same locators. */
  public void replaceAppointments(Handle handle, Collection<StoredAppointment> newer) {
    execute(
        handle,
        "UPDATE appointments SET encrypted_blob = ?, to_self_delay = ?, user_signature = ?,"
            + " start_block = ? WHERE locator = ? AND user_id = ?",
        newer);
  }

  private static void execute(
      Handle handle, String sql, Collection<StoredAppointment> appointments) {
    try (PreparedBatch batch = handle.prepareBatch(sql)) {
      for (StoredAppointment stored : appointments) {
        Appointment appointment = stored.appointment();
        batch
            .bind(0, appointment.encryptedBlob())
            .bind(1, appointment.toSelfDelay())
            .bind(2, stored.userSignature())
            .bind(3, stored.startBlock())
            .bind(4, appointment.locator().bytes())
            .bind(5, stored.user().bytes())
            .add();
      }
      batch.execute();
    }
  }

  /** Deletes an appointment. */
  public void deleteAppointment(Handle handle, Locator locator, PublicKey user) {
    deleteAppointments(handle, List.of(new AppointmentKey(locator, user)));
  }

  /** Deletes the appointments {@code keys}. */
  public void deleteAppointments(Handle handle, Collection<AppointmentKey> keys) {
    if (keys.isEmpty()) {
      return;
    }
    try (PreparedBatch batch =
        handle.prepareBatch("DELETE FROM appointments WHERE locator = ? AND user_id = ?")) {
      for (AppointmentKey key : keys) {
        batch.bind(0, key.locator().bytes()).bind(1, key.user().bytes()).add();
      }
      count.addAndGet(-Arrays.stream(batch.execute()).sum());
    }
  }

  /** Selects up to a limit of the appointments of some users. */
  private static String someOf(Collection<PublicKey> users) {
    return " FROM appointments WHERE (locator, user_id) IN (SELECT locator, user_id FROM"
        + " appointments WHERE user_id IN ("
        + Queries.placeholders(users.size())
        + ") LIMIT ?)";
  }

  private static void bindSomeOf(
      SqlStatement<?> statement, Collection<PublicKey> users, int limit) {
    int at = 0;
    for (PublicKey user : users) {
      statement.bind(at++, user.bytes());
    }
    statement.bind(at, limit);
  }

  /**
   * Reads what {@link #deleteSomeOf} would delete now. The rows may not be in any cache, and a
   * delete would make other writers wait for the disk.
   */
  public void prefetchSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    try (Query query = handle.createQuery("SELECT SUM(start_block)" + someOf(users))) {
      bindSomeOf(query, users, limit);
      query.mapTo(Long.class).findOne();
    }
  }

  /**
   * Deletes up to {@code limit} appointments of {@code users}; trackers stay.
   *
   * @return how many were deleted
   */
  public int deleteSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    try (Update delete = handle.createUpdate("DELETE" + someOf(users))) {
      bindSomeOf(delete, users, limit);
      int deleted = delete.execute();
      count.addAndGet(-deleted);
      return deleted;
    }
  }

  /** Returns the locators of all of a user's appointments, watched and answered. */
  public List<Locator> locatorsOf(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT locator FROM appointments WHERE user_id = ? ORDER BY locator")
        .bind(0, user.bytes())
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /**
   * Returns the number of appointments, watched and answered, of each of {@code users} that has
   * any.
   */
  public Map<PublicKey, Long> countByUser(Handle handle, Collection<PublicKey> users) {
    Map<PublicKey, Long> counts = new HashMap<>();
    Queries.inChunks(
            handle,
            "SELECT user_id, COUNT(*) FROM appointments WHERE user_id IN (%s) GROUP BY user_id",
            users,
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(PublicKey.ofTrusted(row.getBytes(1)), row.getLong(2)))
                    .list())
        .forEach(count -> counts.put(count.getKey(), count.getValue()));
    return counts;
  }

  /** Returns whether there may be an appointment for {@code locator}, without a database read. */
  public boolean mightContain(Locator locator) {
    return locators.mightContain(locator);
  }

  /**
   * Returns up to {@code limit} of a user's locators that come after {@code after}, in ascending
   * order.
   */
  public List<Locator> locatorsOf(
      Handle handle, PublicKey user, Optional<Locator> after, int limit) {
    return handle
        .createQuery(
            "SELECT locator FROM appointments WHERE user_id = ? AND locator > ?"
                + " ORDER BY locator LIMIT ?")
        .bind(0, user.bytes())
        .bind(1, after.map(Locator::bytes).orElse(Queries.EMPTY_KEY))
        .bind(2, limit)
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /** Returns the approximate number of appointments, watched and answered. */
  public long countAppointments() {
    long known = count.get();
    return known >= 0 ? known : database.read(AppointmentsDBM::countIn);
  }

  private static long countIn(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM appointments").mapTo(Long.class).one();
  }

  /**
   * Returns whether {@link #countAppointments} needs no query, because {@link #loadLocators} has
   * counted them.
   */
  public boolean isCounted() {
    return count.get() >= 0;
  }

  /**
   * Returns whether there are {@code limit} appointments or more, as far as they have been counted.
   */
  public boolean hasAtLeast(long limit) {
    return count.get() >= limit;
  }

  static AppointmentKey key(ResultSet row) throws SQLException {
    return new AppointmentKey(new Locator(row.getBytes(1)), PublicKey.ofTrusted(row.getBytes(2)));
  }

  static StoredAppointment appointment(ResultSet row, StatementContext context)
      throws SQLException {
    return new StoredAppointment(
        new Appointment(
            new Locator(row.getBytes("locator")),
            row.getBytes("encrypted_blob"),
            row.getLong("to_self_delay")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getString("user_signature"),
        row.getLong("start_block"));
  }
}
