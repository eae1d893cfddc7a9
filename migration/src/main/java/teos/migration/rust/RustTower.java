package teos.migration.rust;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.result.ResultIterator;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.RawTransactions;
import teos.migration.MigrationException;
import teos.migration.SourceRecord;
import teos.migration.SourceTower;
import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;

/**
 * Database of rust-teos 0.2.0: one SQLite file. Ids, locators and blobs are BLOBs, whatever type
 * their columns declare. Transactions are raw, the last block's hash is in internal byte order, and
 * the tower's keys are hex; the newest key is the valid one.
 */
public final class RustTower implements SourceTower {

  /** Name of the database file. */
  public static final String DATABASE = "teos_db.sql3";

  /** The database, and the files that SQLite may need to recover it. */
  public static final List<String> FILES =
      List.of(DATABASE, DATABASE + "-journal", DATABASE + "-wal");

  private static final Map<String, Set<String>> TABLES =
      Map.of(
          "users",
          Set.of("user_id", "available_slots", "subscription_start", "subscription_expiry"),
          "appointments",
          Set.of(
              "uuid",
              "locator",
              "encrypted_blob",
              "to_self_delay",
              "user_signature",
              "start_block",
              "user_id"),
          "trackers",
          Set.of("uuid", "dispute_tx", "penalty_tx", "height", "confirmed"),
          "last_known_block",
          Set.of("id", "block_hash"),
          "keys",
          Set.of("id", "key"));

  private final Handle handle;
  private final Path original;

  private RustTower(Handle handle, Path original) {
    this.handle = handle;
    this.original = original;
  }

  /** Returns whether {@code folder} contains a database of rust-teos. */
  public static boolean isIn(Path folder) {
    return Files.isRegularFile(folder.resolve(DATABASE));
  }

  /**
   * Opens a copy of the folder. SQLite rolls back a transaction that was open during the copy.
   *
   * @param original the folder that was copied, for messages
   * @throws MigrationException if the database is damaged or belongs to another program
   */
  public static RustTower open(Path copy, Path original) throws MigrationException {
    Path file = original.resolve(DATABASE);
    Database.requireLibrary();
    try {
      Handle handle = Jdbi.create("jdbc:sqlite:" + copy.resolve(DATABASE)).open();
      try {
        RustTower tower = new RustTower(handle, file);
        tower.requireIntact();
        tower.requireTables();
        return tower;
      } catch (MigrationException | RuntimeException e) {
        handle.close();
        throw e;
      }
    } catch (JdbiException e) {
      throw unreadable(file, e);
    }
  }

  private static MigrationException unreadable(Path file, JdbiException e) {
    return new MigrationException(
        MigrationException.Kind.SOURCE,
        "the database " + file + " cannot be read: " + e.getMessage(),
        e);
  }

  private void requireIntact() throws MigrationException {
    String check = handle.createQuery("PRAGMA quick_check(1)").mapTo(String.class).one();
    if (!check.equals("ok")) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "the database "
              + original
              + " is damaged: "
              + check
              + ". Recover it first (.recover in sqlite3)");
    }
    Optional<String> orphan =
        handle
            .createQuery("PRAGMA foreign_key_check")
            .map((row, context) -> row.getString("table") + " row " + row.getLong("rowid"))
            .stream()
            .findFirst();
    if (orphan.isPresent()) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "the database "
              + original
              + " contains a record whose parent record is missing: "
              + orphan.get());
    }
  }

  private void requireTables() throws MigrationException {
    Set<String> tables =
        new TreeSet<>(
            handle
                .createQuery(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                        + " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
                .mapTo(String.class)
                .list());
    requireEqual("tables", TABLES.keySet(), tables);
    for (Map.Entry<String, Set<String>> table : TABLES.entrySet()) {
      Set<String> columns =
          new TreeSet<>(
              handle
                  .createQuery("SELECT lower(name) FROM pragma_table_info(?)")
                  .bind(0, table.getKey())
                  .mapTo(String.class)
                  .list());
      requireEqual("columns in " + table.getKey(), table.getValue(), columns);
    }
  }

  private void requireEqual(String kind, Set<String> expected, Set<String> found)
      throws MigrationException {
    if (!expected.equals(found)) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "the database "
              + original
              + " does not have the schema of rust-teos 0.2: expected the "
              + kind
              + " "
              + new TreeSet<>(expected)
              + ", found "
              + found);
    }
  }

  @Override
  public SecretKey key() throws MigrationException {
    Optional<String> key =
        handle
            .createQuery("SELECT key FROM keys ORDER BY id DESC LIMIT 1")
            .mapTo(String.class)
            .findOne();
    try {
      return new SecretKey(HexFormat.of().parseHex(key.orElse("")));
    } catch (IllegalArgumentException e) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          "the table keys in " + original + " has no tower key; expected 64 hex digits");
    }
  }

  @Override
  public List<String> lastBlocks() throws MigrationException {
    List<byte[]> hashes =
        handle
            .createQuery("SELECT block_hash FROM last_known_block WHERE id = 0")
            .map((row, context) -> row.getBytes(1))
            .list();
    for (byte[] hash : hashes) {
      if (hash == null || hash.length != Txid.LENGTH) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE,
            "the table last_known_block in " + original + " has no block hash; expected 32 bytes");
      }
    }
    // The display order of a block hash is reversed, like that of a txid.
    return hashes.stream().map(hash -> Txid.ofInternal(hash).toString()).toList();
  }

  @Override
  public void read(Sink sink) throws MigrationException, BitcoindException {
    read(
        sink,
        "users",
        "SELECT hex(user_id) AS id, user_id, available_slots, subscription_start,"
            + " subscription_expiry FROM users ORDER BY user_id",
        RustTower::user);
    read(
        sink,
        "appointments",
        "SELECT hex(UUID) AS id, UUID, locator, encrypted_blob, to_self_delay, user_signature,"
            + " start_block, user_id FROM appointments ORDER BY UUID",
        RustTower::appointment);
    read(
        sink,
        "trackers",
        "SELECT hex(t.UUID) AS id, t.UUID, t.dispute_tx, t.penalty_tx, t.height, t.confirmed,"
            + " a.locator, a.user_id, a.start_block, length(a.encrypted_blob) AS blob_length"
            + " FROM trackers t JOIN appointments a ON a.UUID = t.UUID ORDER BY t.UUID",
        RustTower::tracker);
  }

  @FunctionalInterface
  private interface Parser {
    SourceRecord parse(ResultSet row) throws SQLException;
  }

  private void read(Sink sink, String table, String sql, Parser parser)
      throws MigrationException, BitcoindException {
    try (ResultIterator<SourceRecord> rows =
        handle
            .createQuery(sql)
            .map((row, context) -> parseOrReport(table, row, parser))
            .iterator()) {
      while (rows.hasNext()) {
        sink.accept(rows.next());
      }
    } catch (JdbiException e) {
      throw unreadable(original, e);
    }
  }

  private static SourceRecord parseOrReport(String table, ResultSet row, Parser parser)
      throws SQLException {
    try {
      return parser.parse(row);
    } catch (IllegalArgumentException e) {
      return new SourceRecord.Unrecognized(
          table + " " + row.getString("id"), String.valueOf(e.getMessage()));
    }
  }

  private static SourceRecord user(ResultSet row) throws SQLException {
    return new SourceRecord.User(
        PublicKey.of(bytes(row, "user_id", PublicKey.LENGTH)),
        Dialect.V2,
        u32(row, "available_slots"),
        OptionalLong.of(u32(row, "subscription_start")),
        u32(row, "subscription_expiry"));
  }

  private static SourceRecord appointment(ResultSet row) throws SQLException {
    Locator locator = new Locator(bytes(row, "locator", Locator.LENGTH));
    PublicKey user = PublicKey.ofTrusted(bytes(row, "user_id", PublicKey.LENGTH));
    requireUuid(row, locator, user);
    String signature = row.getString("user_signature");
    if (signature == null) {
      throw new IllegalArgumentException("user_signature is missing");
    }
    return new SourceRecord.Appointment(
        new StoredAppointment(
            new Appointment(locator, blob(row, "encrypted_blob"), u32(row, "to_self_delay")),
            user,
            signature,
            u32(row, "start_block")));
  }

  private static SourceRecord tracker(ResultSet row) throws SQLException {
    Locator locator = new Locator(bytes(row, "locator", Locator.LENGTH));
    PublicKey user = PublicKey.ofTrusted(bytes(row, "user_id", PublicKey.LENGTH));
    requireUuid(row, locator, user);
    byte[] dispute = blob(row, "dispute_tx");
    Txid disputeTxid = RawTransactions.txid(dispute);
    if (!Dialect.V2.locator(disputeTxid).equals(locator)) {
      throw new IllegalArgumentException("the locator does not match the txid of dispute_tx");
    }
    byte[] penalty = blob(row, "penalty_tx");
    int height = Math.toIntExact(Math.min(Integer.MAX_VALUE, u32(row, "height")));
    PenaltyStatus status =
        row.getBoolean("confirmed")
            ? new PenaltyStatus.Confirmed(height)
            : new PenaltyStatus.InMempool(height);
    return new SourceRecord.Tracker(
        "trackers " + row.getString("id"),
        locator,
        user,
        Appointment.slots(row.getInt("blob_length")),
        Optional.of(dispute),
        disputeTxid,
        penalty,
        RawTransactions.txid(penalty),
        Optional.of(status),
        OptionalLong.of(u32(row, "start_block")));
  }

  private static void requireUuid(ResultSet row, Locator locator, PublicKey user)
      throws SQLException {
    byte[] uuid = bytes(row, "UUID", AppointmentUuid.LENGTH);
    if (!AppointmentUuid.of(locator, user).equals(new AppointmentUuid(uuid))) {
      throw new IllegalArgumentException("the uuid does not match locator and user_id");
    }
  }

  private static byte[] blob(ResultSet row, String column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    if (bytes == null) {
      throw new IllegalArgumentException(column + " is missing");
    }
    return bytes;
  }

  private static byte[] bytes(ResultSet row, String column, int length) throws SQLException {
    byte[] bytes = blob(row, column);
    if (bytes.length != length) {
      throw new IllegalArgumentException(
          column + " has " + bytes.length + " bytes; expected " + length);
    }
    return bytes;
  }

  private static long u32(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    if (row.wasNull() || number < 0 || number > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          column + " is not an unsigned 32-bit integer: " + row.getString(column));
    }
    return number;
  }

  @Override
  public void close() {
    handle.close();
  }
}
