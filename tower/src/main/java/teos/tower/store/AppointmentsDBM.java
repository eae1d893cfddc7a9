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
import teos.bitcoin.BlockId;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.database.Database;

/**
 * The table of appointments, and the last blocks that these and the trackers have been brought up
 * to. Each method that takes a handle is a part of its caller's transaction.
 */
public final class AppointmentsDBM {

  private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

  static final String APPOINTMENT =
      "a.locator, a.user_id, a.encrypted_blob, a.to_self_delay, a.user_signature, a.start_block";

  /** Blocks under the last one that are remembered: a week of them. */
  public static final int KNOWN_BLOCKS = 1_008;

  private final LocatorFilter locators;

  /** How many there are, or a little more or less; negative until they have been counted. */
  private final AtomicLong count = new AtomicLong(Long.MIN_VALUE);

  private final Database database;

  /**
   * Of {@code database}, in which no other object may store appointments; where another process
   * may, it has to be {@link #hear heard} of before blocks are looked up.
   */
  public AppointmentsDBM(Database database) {
    this.database = database;
    this.locators = new LocatorFilter(new LocatorFilterLoader(database, this::recount));
  }

  /**
   * Begins to read the locators into memory, and waits until they are there; not for long where
   * there are millions: they are found without, until then.
   */
  public void readLocators() throws InterruptedException {
    locators.start().join(LONGEST_WAIT);
  }

  /** Lets the locators of what another process has stored be found. */
  public void hear(Collection<AppointmentKey> arrived) {
    arrived.forEach(key -> locators.add(key.locator()));
  }

  /** Counts the appointments again, as other processes may have stored and dropped some. */
  public long recount() {
    long counted = database.read(AppointmentsDBM::countedIn);
    count.set(counted);
    return counted;
  }

  // Appointments

  /** The user's appointment for {@code locator}. */
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
   * Those of {@code keys} for which there may be an appointment or a tracker: without a look into
   * the database.
   */
  public Collection<AppointmentKey> perhapsStored(Collection<AppointmentKey> keys) {
    // What another process has stored may not be in the filter yet.
    return database.isShared()
        ? keys
        : keys.stream().filter(key -> locators.mayHold(key.locator())).toList();
  }

  /** Length in bytes of the blob of each of the appointments {@code keys} that are stored. */
  public Map<AppointmentKey, Integer> blobLengths(Handle handle, Collection<AppointmentKey> keys) {
    Map<AppointmentKey, Integer> lengths = new HashMap<>();
    Queries.ofKeys(
            handle,
            "SELECT locator, user_id, length(encrypted_blob) FROM appointments"
                + " WHERE (locator, user_id) IN (VALUES %s)",
            perhapsStored(keys),
            query -> query.map((row, context) -> Map.entry(key(row), row.getInt(3))).list())
        .forEach(found -> lengths.put(found.getKey(), found.getValue()));
    return lengths;
  }

  /**
   * What is stored under a key, without its blob.
   *
   * @param blobLength bytes
   */
  public record Version(int blobLength, String userSignature, long startBlock) {}

  /** Returns what is stored of {@code keys}. */
  public Map<AppointmentKey, Version> versions(Handle handle, Collection<AppointmentKey> keys) {
    Map<AppointmentKey, Version> found = new HashMap<>();
    Queries.ofKeys(
            handle,
            "SELECT locator, user_id, length(encrypted_blob), user_signature, start_block"
                + " FROM appointments WHERE (locator, user_id) IN (VALUES %s)",
            perhapsStored(keys),
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

  /** Stores an appointment, in the place of its user's earlier one for the same locator. */
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

  /** Stores appointments in the place of those that their users have for the same locators. */
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

  /** Drops an appointment. */
  public void deleteAppointment(Handle handle, Locator locator, PublicKey user) {
    deleteAppointments(handle, List.of(new AppointmentKey(locator, user)));
  }

  /** Drops the appointments {@code keys}. */
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

  /** Of some users' appointments, as many as a limit says. */
  private static String someOf(Collection<PublicKey> users) {
    return " FROM appointments WHERE (locator, user_id) IN (SELECT locator, user_id FROM"
        + " appointments WHERE user_id IN ("
        + Queries.marks(users.size())
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
   * Reads what {@link #deleteSomeOf} would delete now: it may not have been looked at for months,
   * and whoever deletes it has others wait while the disk finds it.
   */
  public void fetchSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    try (Query query = handle.createQuery("SELECT SUM(start_block)" + someOf(users))) {
      bindSomeOf(query, users, limit);
      query.mapTo(Long.class).findOne();
    }
  }

  /**
   * Drops up to {@code limit} appointments of {@code users}; disputes that are being answered stay.
   *
   * @return how many were dropped
   */
  public int deleteSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    try (Update delete = handle.createUpdate("DELETE" + someOf(users))) {
      bindSomeOf(delete, users, limit);
      int dropped = delete.execute();
      count.addAndGet(-dropped);
      return dropped;
    }
  }

  /** The locators of all of a user's appointments, watched and answered. */
  public List<Locator> locatorsOf(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT locator FROM appointments WHERE user_id = ? ORDER BY locator")
        .bind(0, user.bytes())
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /**
   * How many appointments each of {@code users} has, watched and answered; none of who has none.
   */
  public Map<PublicKey, Long> countsOf(Handle handle, Collection<PublicKey> users) {
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

  /** Whether there may be an appointment for {@code locator}: without a look into the database. */
  public boolean mayHold(Locator locator) {
    return locators.mayHold(locator);
  }

  /** Up to {@code limit} of those locators, in their order, that come after {@code after}. */
  public List<Locator> locatorsOf(
      Handle handle, PublicKey user, Optional<Locator> after, int limit) {
    return handle
        .createQuery(
            "SELECT locator FROM appointments WHERE user_id = ? AND locator > ?"
                + " ORDER BY locator LIMIT ?")
        .bind(0, user.bytes())
        .bind(1, after.map(Locator::bytes).orElse(Queries.BEFORE_ALL))
        .bind(2, limit)
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /** How many appointments there are, watched and answered; to be trusted but for a few. */
  public long countAppointments() {
    long known = count.get();
    return known >= 0 ? known : database.read(AppointmentsDBM::countedIn);
  }

  private static long countedIn(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM appointments").mapTo(Long.class).one();
  }

  /** Whether it takes no time to count them: {@link #readLocators} has. */
  public boolean isCounted() {
    return count.get() >= 0;
  }

  /** Whether there are {@code limit} appointments or more, as far as they have been counted. */
  public boolean areAtLeast(long limit) {
    return count.get() >= limit;
  }

  // The chain

  /** The last block that all the tower has dealt with. */
  public Optional<BlockId> lastKnownBlock(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height DESC LIMIT 1")
        .map(AppointmentsDBM::block)
        .findOne();
  }

  /** The last blocks of the best chain that all the tower has dealt with, the lowest first. */
  public List<BlockId> knownBlocks(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height")
        .map(AppointmentsDBM::block)
        .list();
  }

  /**
   * Notes that all the tower has dealt with {@code blocks}, of which each is the next one's parent
   * and the last one the tip. What was noted in their place or over them has left the chain, and is
   * forgotten, as is what lies further down than {@link #KNOWN_BLOCKS}.
   */
  public void storeKnownBlocks(Handle handle, List<BlockId> blocks) {
    handle.execute("DELETE FROM known_blocks WHERE height >= ?", blocks.getFirst().height());
    try (PreparedBatch batch =
        handle.prepareBatch("INSERT INTO known_blocks (height, hash) VALUES (?, ?)")) {
      for (BlockId block : blocks) {
        batch.bind(0, block.height()).bind(1, block.hash()).add();
      }
      batch.execute();
    }
    handle.execute(
        "DELETE FROM known_blocks WHERE height <= ?", blocks.getLast().height() - KNOWN_BLOCKS);
  }

  /**
   * Whether {@code block} is one that all the tower has dealt with. One that lies further down than
   * those that are noted counts as one: no reorg that the tower can follow reaches it.
   */
  public boolean hasDealtWith(Handle handle, BlockId block) {
    return handle
        .createQuery("SELECT hash FROM known_blocks WHERE height = ?<lock>")
        .bind(0, block.height())
        .mapTo(String.class)
        .findOne()
        .map(block.hash()::equals)
        .orElseGet(() -> block.height() < lowestKnown(handle));
  }

  private static int lowestKnown(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(MIN(height), 0) FROM known_blocks")
        .mapTo(Integer.class)
        .one();
  }

  static AppointmentKey key(ResultSet row) throws SQLException {
    return new AppointmentKey(new Locator(row.getBytes(1)), PublicKey.ofTrusted(row.getBytes(2)));
  }

  private static BlockId block(ResultSet row, StatementContext context) throws SQLException {
    return new BlockId(row.getString("hash"), row.getInt("height"));
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
