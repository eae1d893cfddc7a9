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
 * python-teos's data folder (0.1.1, its last version, and what its sources had become after that):
 * two LevelDBs and a key file. Keys and values are text; values are JSON unless it says otherwise.
 *
 * <table><caption>What is in the two</caption>
 * <tr><td>{@code users}, user id (66 hex digits)</td><td>available_slots, subscription_expiry,
 *     appointments: slots by uuid</td></tr>
 * <tr><td>{@code appointments}, {@code w} and a uuid (40 hex digits)</td><td>an appointment</td></tr>
 * <tr><td>{@code r} and a uuid</td><td>a tracker</td></tr>
 * <tr><td>{@code ta} and a uuid</td><td>empty: that appointment has been answered</td></tr>
 * <tr><td>{@code m} and a locator (32 hex digits)</td><td>the uuids of all appointments with it; 0.1.1
 *     only</td></tr>
 * <tr><td>{@code bw}, {@code br}</td><td>hash of the last block of watcher and responder, no
 *     JSON</td></tr>
 * </table>
 */
public final class PythonTower implements SourceTower {

  /** The file with its key. */
  public static final String KEY = "teos_sk.der";

  private static final String USERS = "users";
  private static final String APPOINTMENTS = "appointments";

  /** All that it keeps, as its configuration names them unless told otherwise. */
  public static final List<String> FILES = List.of(KEY, APPOINTMENTS, USERS);

  /** The file that every LevelDB has. */
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

  /** Whether {@code folder} is one. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(KEY))
        && Files.exists(folder.resolve(APPOINTMENTS).resolve(LEVELDB))
        && Files.exists(folder.resolve(USERS).resolve(LEVELDB));
  }

  /**
   * Opens a copy of its folder.
   *
   * @param original of which folder it is the copy, for messages
   * @throws MigrationException if it is damaged
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
          original.resolve(KEY)
              + " is no tower's key: a secp256k1 key as PKCS #8 in DER is expected",
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
              key
                  + " in "
                  + original.resolve(APPOINTMENTS)
                  + " is not the hash of a block: "
                  + hash);
        }
        hashes.add(hash);
      }
    }
    return hashes;
  }

  @Override
  public void read(Sink sink) throws MigrationException, BitcoindException {
    users.forEach((key, value) -> hand(sink, USERS, key, value, this::user));
    appointments.forEach((key, value) -> hand(sink, APPOINTMENTS, key, value, this::entry));
  }

  @FunctionalInterface
  private interface Parser {
    /** Nothing if there is nothing more in it. */
    Optional<? extends SourceRecord> parse(String key, byte[] value) throws MigrationException;
  }

  private static void hand(Sink sink, String where, byte[] rawKey, byte[] value, Parser parser)
      throws MigrationException, BitcoindException {
    String key = new String(rawKey, UTF_8);
    Optional<? extends SourceRecord> read;
    try {
      read = parser.parse(key, value);
    } catch (IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      read = Optional.of(new SourceRecord.Unrecognized(where + " " + key, why));
    }
    if (read.isPresent()) {
      sink.accept(read.get());
    }
  }

  /**
   * Of two that differ by upper case only, python-teos knows who signs by the lower: it is last.
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
      return swapped(key, value);
    }
    if (key.matches("ta" + UUID) && value.length == 0) {
      return Optional.empty(); // its tracker says the same, and more
    }
    if (key.matches("m[0-9A-Fa-f]{32}")) {
      Fields.requireTexts(value, UUID);
      return Optional.empty(); // the appointments themselves say the same
    }
    if (key.equals("bw") || key.equals("br")) {
      return Optional.empty(); // see lastBlocks
    }
    throw new IllegalArgumentException(
        "python-teos has no such key: w, r or ta and a uuid, m and a locator, bw or br are"
            + " expected");
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
      throw new IllegalArgumentException("the uuid of its locator and its user is another");
    }
  }

  /**
   * When python-teos sends a penalty again after a reorg, it stores the tracker once more with uuid
   * and locator in each other's place.
   */
  private Optional<SourceRecord.Tracker> swapped(String key, byte[] value)
      throws MigrationException {
    String uuid = Fields.read(value, TRACKER).text("locator");
    if (!uuid.matches(UUID)) {
      throw new IllegalArgumentException("the key is no uuid, and the locator is none either");
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
      throw new IllegalArgumentException("the locator is not the beginning of dispute_txid");
    }
    byte[] penalty = fields.hex("penalty_rawtx");
    Txid penaltyTxid = fields.txid("penalty_txid");
    if (!RawTransactions.txid(penalty).equals(penaltyTxid)) {
      throw new IllegalArgumentException("penalty_txid is not the txid of penalty_rawtx");
    }
    Optional<StoredAppointment> appointment =
        appointments.get("w" + uuid).map(kept -> appointment(uuid, kept));
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
        appointment.map(kept -> OptionalLong.of(kept.startBlock())).orElse(OptionalLong.empty()));
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
