package teos.teosd;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.impl.Iq80DBFactory;
import teos.common.KeyFile;
import teos.protocol.Txid;
import teos.tower.store.StoredAppointment;

/**
 * Writes data folders of the two reference towers, with the tables and records of python-teos
 * 0.1.1's {@code appointments_dbm.py} and {@code users_dbm.py}, and rust-teos 0.2.0's {@code
 * dbm.rs}.
 */
final class OldTowerFolder {

  static final String RUST_DATABASE = "teos_db.sql3";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();

  private static final List<String> RUST_TABLES =
      List.of(
          "CREATE TABLE IF NOT EXISTS users (user_id INT PRIMARY KEY,"
              + " available_slots INT NOT NULL, subscription_start INT NOT NULL,"
              + " subscription_expiry INT NOT NULL)",
          "CREATE TABLE IF NOT EXISTS appointments (UUID INT PRIMARY KEY, locator INT NOT NULL,"
              + " encrypted_blob BLOB NOT NULL, to_self_delay INT NOT NULL,"
              + " user_signature BLOB NOT NULL, start_block INT NOT NULL, user_id INT NOT NULL,"
              + " FOREIGN KEY(user_id) REFERENCES users(user_id) ON DELETE CASCADE)",
          "CREATE TABLE IF NOT EXISTS trackers (UUID INT PRIMARY KEY, dispute_tx BLOB NOT NULL,"
              + " penalty_tx BLOB NOT NULL, height INT NOT NULL, confirmed BOOL NOT NULL,"
              + " FOREIGN KEY(UUID) REFERENCES appointments(UUID) ON DELETE CASCADE)",
          "CREATE TABLE IF NOT EXISTS last_known_block (id INT PRIMARY KEY,"
              + " block_hash INT NOT NULL)",
          "CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY AUTOINCREMENT,"
              + " key INT NOT NULL)",
          "CREATE INDEX IF NOT EXISTS locators_index ON appointments (locator)");

  private OldTowerFolder() {}

  // python-teos

  /** Writes a data folder of python-teos, with table blocks compressed as its LevelDB does. */
  static void writePython(Path folder, OldTower tower) throws IOException {
    Files.createDirectories(folder);
    new KeyFile(folder.resolve("teos_sk.der"), "a key").store(tower.key);
    ObjectNode facts = pythonFacts(tower);
    try (DB users = levelDb(folder.resolve("users"))) {
      facts
          .path("users")
          .properties()
          .forEach(user -> put(users, user.getKey(), user.getValue().toString()));
    }
    try (DB appointments = levelDb(folder.resolve("appointments"))) {
      facts
          .path("appointments")
          .properties()
          .forEach(each -> put(appointments, "w" + each.getKey(), each.getValue().toString()));
      facts
          .path("trackers")
          .properties()
          .forEach(each -> put(appointments, "r" + each.getKey(), each.getValue().toString()));
      facts.path("triggered").forEach(uuid -> put(appointments, "ta" + uuid.asText(), ""));
      for (StoredAppointment stored : tower.appointments.values()) {
        String uuids = "[\"" + stored.uuid().toHex() + "\"]";
        put(appointments, "m" + stored.appointment().locator().toHex(), uuids);
      }
      tower.lastBlock().ifPresent(hash -> put(appointments, "bw", hash));
      tower.lastBlock().ifPresent(hash -> put(appointments, "br", hash));
    }
  }

  static DB levelDb(Path folder) throws IOException {
    Files.createDirectories(folder);
    return Iq80DBFactory.factory.open(
        folder.toFile(),
        new Options()
            .createIfMissing(true)
            .writeBufferSize(64 << 10) // small, so that LevelDB writes tables and not only a log
            .compressionType(CompressionType.SNAPPY));
  }

  static void put(DB db, String key, String value) {
    db.put(key.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  /** Returns the records as JSON, which is also the input of {@code v1_tower_folder.py}. */
  static ObjectNode pythonFacts(OldTower tower) {
    ObjectNode facts = MAPPER.createObjectNode();
    facts.put("key", HEX.formatHex(tower.key.bytes()));
    ObjectNode users = facts.putObject("users");
    for (OldTower.User user : tower.users) {
      ObjectNode slots =
          users
              .putObject(user.id().toHex())
              .put("available_slots", user.slots())
              .put("subscription_expiry", user.expiry())
              .putObject("appointments");
      tower.appointments.values().stream()
          .filter(stored -> stored.user().equals(user.id()))
          .forEach(stored -> slots.put(stored.uuid().toHex(), stored.appointment().slots()));
    }
    ObjectNode appointments = facts.putObject("appointments");
    for (StoredAppointment stored : tower.appointments.values()) {
      appointments
          .putObject(stored.uuid().toHex())
          .put("locator", stored.appointment().locator().toHex())
          .put("encrypted_blob", HEX.formatHex(stored.appointment().encryptedBlob()))
          .put("to_self_delay", stored.appointment().toSelfDelay())
          .put("user_id", stored.user().toHex())
          .put("user_signature", stored.userSignature())
          .put("start_block", stored.startBlock());
    }
    ObjectNode trackers = facts.putObject("trackers");
    var triggered = facts.putArray("triggered");
    for (OldTower.Answered answered : tower.answered) {
      StoredAppointment stored = answered.appointment();
      trackers
          .putObject(stored.uuid().toHex())
          .put("locator", stored.appointment().locator().toHex())
          .put("dispute_txid", answered.dispute().toString())
          .put("penalty_txid", answered.penalty().toString())
          .put("penalty_rawtx", HEX.formatHex(answered.penaltyTx()))
          .put("user_id", stored.user().toHex());
      triggered.add(stored.uuid().toHex());
    }
    facts.put("last_block_watcher", tower.lastBlock);
    facts.put("last_block_responder", tower.lastBlock);
    return facts;
  }

  // rust-teos

  /** Writes a data folder of rust-teos, which also contains an earlier, replaced key. */
  static void writeRust(Path folder, OldTower tower) throws IOException, SQLException {
    Files.createDirectories(folder);
    try (Connection database =
        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(RUST_DATABASE))) {
      database.setAutoCommit(false);
      for (String table : RUST_TABLES) {
        insert(database, table);
      }
      insert(database, "INSERT INTO keys (key) VALUES (?)", "11".repeat(32));
      insert(database, "INSERT INTO keys (key) VALUES (?)", HEX.formatHex(tower.key.bytes()));
      for (OldTower.User user : tower.users) {
        insert(
            database,
            "INSERT INTO users VALUES (?, ?, ?, ?)",
            user.id().bytes(),
            user.slots(),
            user.start(),
            user.expiry());
      }
      for (StoredAppointment stored : tower.appointments.values()) {
        insert(
            database,
            "INSERT INTO appointments VALUES (?, ?, ?, ?, ?, ?, ?)",
            stored.uuid().bytes(),
            stored.appointment().locator().bytes(),
            stored.appointment().encryptedBlob(),
            stored.appointment().toSelfDelay(),
            stored.userSignature(),
            stored.startBlock(),
            stored.user().bytes());
      }
      for (OldTower.Answered answered : tower.answered) {
        insert(
            database,
            "INSERT INTO trackers VALUES (?, ?, ?, ?, ?)",
            answered.appointment().uuid().bytes(),
            answered.disputeTx(),
            answered.penaltyTx(),
            answered.height(),
            answered.confirmed());
      }
      if (tower.lastBlock().isPresent()) {
        insert(
            database,
            "INSERT INTO last_known_block VALUES (0, ?)",
            (Object) Txid.fromDisplayHex(tower.lastBlock().get()).internal());
      }
      database.commit();
    }
  }

  static void insert(Connection database, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        if (values[i] instanceof byte[] bytes) {
          statement.setBytes(i + 1, bytes);
        } else {
          statement.setObject(i + 1, values[i]);
        }
      }
      statement.execute();
    }
  }
}
