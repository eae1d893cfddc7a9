package teos.migration.python;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.RawTransactions;
import teos.common.KeyFile;
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
import teos.tower.store.StoredAppointment;

/**
 * Data folder of python-teos (0.1.1, its last release, and its last sources): two LevelDBs and a
 * key file. Keys and values are text; values are JSON unless stated otherwise.
 *
 * <table><caption>Contents of the two LevelDBs</caption>
 * <tr><td>{@code users}, user id (66 hex digits)</td><td>available_slots, subscription_expiry,
 *     appointments: slots by uuid</td></tr>
 * <tr><td>{@code appointments}, {@code w} and a uuid (40 hex digits)</td><td>an appointment</td></tr>
 * <tr><td>{@code r} and a uuid</td><td>a tracker</td></tr>
 * <tr><td>{@code ta} and a uuid</td><td>empty: the tower has responded to that appointment</td></tr>
 * <tr><td>{@code m} and a locator (32 hex digits)</td><td>the uuids of all appointments with it; 0.1.1
 *     only</td></tr>
 * <tr><td>{@code bw}, {@code br}</td><td>hash of the last block of watcher and responder, not
 *     JSON</td></tr>
 * </table>
 */
public final class PythonTower implements SourceTower {

  /** Name of the key file. */
  public static final String KEY = "teos_sk.der";

  private static final String USERS = "users";
  private static final String APPOINTMENTS = "appointments";

  /** The key file and the LevelDB folders, by the names of the default configuration. */
  public static final List<String> FILES = List.of(KEY, APPOINTMENTS, USERS);

  /** File that every LevelDB has. */
  private static final String LEVELDB = "CURRENT";

  private static final Set<String> USER =
      Set.of("available_slots", "subscription_expiry", "appointments");
  private static final Set<String> APPOINTMENT =
      Set.of(
          "locator", "encrypted_blob", "to_self_delay", "user_id", "user_signature", "start_block");
  private static final Set<String> TRACKER =
      Set.of("locator", "dispute_txid", "penalty_txid", "penalty_rawtx", "user_id");

  private static final String UUID = "[0-9a-f]{40}";

  private final Path copy;
  private final Path original;
  private final LevelDb users;
  private final LevelDb appointments;

  private PythonTower(Path copy, Path original, LevelDb users, LevelDb appointments) {
    this.copy = copy;
    this.original = original;
    this.users = users;
    this.appointments = appointments;
  }

  /** Returns whether {@code folder} is a data folder of python-teos. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(KEY))
        && Files.exists(folder.resolve(APPOINTMENTS).resolve(LEVELDB))
        && Files.exists(folder.resolve(USERS).resolve(LEVELDB));
  }

  /**
   * Opens a copy of the folder.
   *
   * @param original the folder that was copied, for messages
   * @throws MigrationException if a LevelDB is damaged
   */
  public static PythonTower open(Path copy, Path original) throws MigrationException {
    LevelDb users = LevelDb.open(copy.resolve(USERS), original.resolve(USERS));
    try {
      return new PythonTower(
          copy,
          original,
          users,
          LevelDb.open(copy.resolve(APPOINTMENTS), original.resolve(APPOINTMENTS)));
    } catch (MigrationException e) {
      users.close();
      throw e;
    }
  }

  @Override
  public SecretKey key() throws MigrationException {
    try {
      return new KeyFile(copy.resolve(KEY), "python-teos's key").load();
    } catch (IOException e) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          original.resolve(KEY) + " is not a tower key; expected a secp256k1 key as PKCS #8 in DER",
          e);
    }
  }

  @Override
  public List<String> lastBlocks() throws MigrationException {
    List<String> hashes = new ArrayList<>();
    for (String key : List.of("bw", "br")) {
      Optional<byte[]> value = appointments.get(key);
      if (value.isPresent()) {
        String hash = new String(value.get(), UTF_8);
        if (!hash.matches("[0-9a-f]{64}")) {
          throw new MigrationException(
              MigrationException.Kind.SOURCE,
              key + " in " + original.resolve(APPOINTMENTS) + " is not a block hash: " + hash);
        }
        hashes.add(hash);
      }
    }
    return hashes;
  }

  @Override
  public void read(Sink sink) throws MigrationException, BitcoindException {
    users.forEach((key, value) -> parse(sink, USERS, key, value, this::user));
    appointments.forEach((key, value) -> parse(sink, APPOINTMENTS, key, value, this::entry));
  }

  @FunctionalInterface
  private interface Parser {
    /** Parses an entry; empty if other entries contain all of its information. */
    Optional<? extends SourceRecord> parse(String key, byte[] value) throws MigrationException;
  }

  private static void parse(Sink sink, String where, byte[] rawKey, byte[] value, Parser parser)
      throws MigrationException, BitcoindException {
    String key = new String(rawKey, UTF_8);
    Optional<? extends SourceRecord> parsed;
    try {
      parsed = parser.parse(key, value);
    } catch (IllegalArgumentException e) {
      String reason = String.valueOf(e.getMessage());
      parsed = Optional.of(new SourceRecord.Unrecognized(where + " " + key, reason));
    }
    if (parsed.isPresent()) {
      sink.accept(parsed.get());
    }
  }

  /**
   * Parses a user. If two keys differ in case only, python-teos identifies the user by the
   * lower-case one, which comes last and therefore overwrites the other.
   */
  private Optional<SourceRecord> user(String key, byte[] value) {
    PublicKey id = Fields.user("the key", key);
    Fields fields = Fields.read(value, USER).requireSlots("appointments");
    return Optional.of(
        new SourceRecord.User(
            id,
            Dialect.V1,
            fields.u32("available_slots"),
            OptionalLong.empty(),
            fields.u32("subscription_expiry")));
  }

  private Optional<? extends SourceRecord> entry(String key, byte[] value)
      throws MigrationException {
    if (key.matches("w" + UUID)) {
      return Optional.of(new SourceRecord.Appointment(appointment(key.substring(1), value)));
    }
    if (key.matches("r" + UUID)) {
      return Optional.of(tracker(key, value, Fields.read(value, TRACKER).locator("locator")));
    }
    if (key.matches("r[0-9A-Fa-f]{32}")) {
      return swappedTracker(key, value);
    }
    if (key.matches("ta" + UUID) && value.length == 0) {
      return Optional.empty(); // its tracker contains more
    }
    if (key.matches("m[0-9A-Fa-f]{32}")) {
      Fields.requireTexts(value, UUID);
      return Optional.empty(); // redundant: the appointments have locators
    }
    if (key.equals("bw") || key.equals("br")) {
      return Optional.empty(); // see lastBlocks
    }
    throw new IllegalArgumentException(
        "unknown key; expected w, r or ta and a uuid, m and a locator, bw or br");
  }

  private static StoredAppointment appointment(String uuid, byte[] value) {
    Fields fields = Fields.read(value, APPOINTMENT);
    Locator locator = fields.locator("locator");
    PublicKey user = fields.user("user_id");
    requireUuid(uuid, locator, user);
    return new StoredAppointment(
        new Appointment(locator, fields.hex("encrypted_blob"), fields.u32("to_self_delay")),
        user,
        fields.text("user_signature"),
        fields.u32("start_block"));
  }

  private static void requireUuid(String uuid, Locator locator, PublicKey user) {
    if (!AppointmentUuid.of(locator, user).toHex().equals(uuid)) {
      throw new IllegalArgumentException("the uuid does not match locator and user_id");
    }
  }

  /**
   * Parses a tracker with uuid and locator swapped. python-teos stores such a second record when it
   * rebroadcasts a penalty after a reorg.
   */
  private Optional<SourceRecord.Tracker> swappedTracker(String key, byte[] value)
      throws MigrationException {
    String uuid = Fields.read(value, TRACKER).text("locator");
    if (!uuid.matches(UUID)) {
      throw new IllegalArgumentException("neither the key nor the locator is a uuid");
    }
    if (appointments.get("r" + uuid).isPresent()) {
      return Optional.empty();
    }
    Locator locator = Locator.fromHex(key.substring(1));
    return Optional.of(tracker("r" + uuid, value, locator));
  }

  private SourceRecord.Tracker tracker(String key, byte[] value, Locator locator)
      throws MigrationException {
    String uuid = key.substring(1);
    Fields fields = Fields.read(value, TRACKER);
    PublicKey user = fields.user("user_id");
    requireUuid(uuid, locator, user);
    Txid dispute = fields.txid("dispute_txid");
    if (!Dialect.V1.locator(dispute).equals(locator)) {
      throw new IllegalArgumentException("the locator does not match dispute_txid");
    }
    byte[] penalty = fields.hex("penalty_rawtx");
    Txid penaltyTxid = fields.txid("penalty_txid");
    if (!RawTransactions.txid(penalty).equals(penaltyTxid)) {
      throw new IllegalArgumentException("penalty_txid is not the txid of penalty_rawtx");
    }
    Optional<StoredAppointment> appointment =
        appointments.get("w" + uuid).map(stored -> appointment(uuid, stored));
    int slots =
        appointment.isPresent() ? appointment.get().appointment().slots() : slots(user, uuid);
    return new SourceRecord.Tracker(
        APPOINTMENTS + " " + key,
        locator,
        user,
        slots,
        Optional.empty(),
        dispute,
        penalty,
        penaltyTxid,
        Optional.empty(),
        appointment
            .map(stored -> OptionalLong.of(stored.startBlock()))
            .orElse(OptionalLong.empty()));
  }

  private int slots(PublicKey user, String uuid) throws MigrationException {
    return users
        .get(user.toHex())
        .map(value -> Fields.read(value, USER).slots("appointments", uuid))
        .orElse(0);
  }

  @Override
  public void close() {
    appointments.close();
    users.close();
  }
}
