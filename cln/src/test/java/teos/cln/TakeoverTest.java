package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.common.KeyFile;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;

/** Takes over folders with the tables of rust-teos's plugin, as its source defines them. */
class TakeoverTest {

  private static final String[] TABLES = {
    "CREATE TABLE towers (tower_id INT PRIMARY KEY, net_addr TEXT NOT NULL, available_slots INT)",
    "CREATE TABLE appointments (locator INT PRIMARY KEY, encrypted_blob BLOB, to_self_delay INT)",
    "CREATE TABLE pending_appointments (locator INT, tower_id INT, PRIMARY KEY (locator,"
        + " tower_id))",
    "CREATE TABLE invalid_appointments (locator INT, tower_id INT, PRIMARY KEY (locator,"
        + " tower_id))",
    "CREATE TABLE registration_receipts (tower_id INT, available_slots INT, subscription_start INT,"
        + " subscription_expiry INT, signature BLOB, PRIMARY KEY (tower_id, subscription_expiry))",
    "CREATE TABLE appointment_receipts (locator INT, tower_id INT, start_block INT, user_signature"
        + " BLOB, tower_signature BLOB, PRIMARY KEY (locator, tower_id))",
    "CREATE TABLE misbehaving_proofs (tower_id INT PRIMARY KEY, locator INT, recovered_id INT)",
    "CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key INT NOT NULL)"
  };

  @TempDir Path folder;
  private final SecretKey user = SecretKey.generate(new SecureRandom());
  private FakeTower tower;
  private FakeTower misbehaving;
  private Path database;
  private List<JsonNode> revocations;

  @BeforeEach
  void createOldFolder() throws Exception {
    revocations = Recording.load().revocations();
    tower = new FakeTower(100);
    misbehaving = new FakeTower(100);
    Path old = Files.createDirectories(folder.resolve(".watchtower"));
    database = old.resolve("watchtowers_db.sql3");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
      try (Statement statement = connection.createStatement()) {
        for (String table : TABLES) {
          statement.execute(table);
        }
      }
      insert(connection, "keys (key)", "11".repeat(32)); // an older key
      insert(connection, "keys (key)", HexFormat.of().formatHex(user.bytes()));
      for (FakeTower one : List.of(tower, misbehaving)) {
        byte[] id = one.id().bytes();
        insert(connection, "towers", id, "http://localhost:" + one.port, 90);
        for (int i = 0; i < 2; i++) {
          ObjectNode receipt = one.register(user.publicKey());
          insert(
              connection,
              "registration_receipts",
              id,
              receipt.path("available_slots").asInt(),
              receipt.path("subscription_start").asInt(),
              receipt.path("subscription_expiry").asInt(),
              receipt.path("subscription_signature").asText());
        }
        insert(connection, "appointment_receipts", locator(0).bytes(), id, 140, "userz", "towerz");
      }
      for (int i = 1; i < 4; i++) {
        insert(connection, "appointments", locator(i).bytes(), blob(i), 42);
      }
      insert(connection, "pending_appointments", locator(1).bytes(), tower.id().bytes());
      insert(connection, "pending_appointments", locator(2).bytes(), misbehaving.id().bytes());
      insert(connection, "invalid_appointments", locator(3).bytes(), tower.id().bytes());
      insert(
          connection,
          "misbehaving_proofs",
          misbehaving.id().bytes(),
          locator(0).bytes(),
          tower.id().bytes());
    }
    Files.setLastModifiedTime(database, FileTime.fromMillis(1_000_000));
  }

  @AfterEach
  void stop() {
    tower.close();
    misbehaving.close();
  }

  private static void insert(Connection connection, String table, Object... values)
      throws Exception {
    String marks = "?" + ",?".repeat(values.length - 1);
    try (PreparedStatement statement =
        connection.prepareStatement("INSERT INTO " + table + " VALUES (" + marks + ")")) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  private Txid commitment(int index) {
    return Txid.fromDisplayHex(revocations.get(index).path("commitment_txid").asText());
  }

  private Locator locator(int index) {
    return Dialect.V2.locator(commitment(index));
  }

  private byte[] blob(int index) {
    byte[] penalty = HexFormat.of().parseHex(revocations.get(index).path("penalty_tx").asText());
    return Blob.encrypt(penalty, commitment(index), Dialect.V2);
  }

  @Test
  void keyTowersReceiptsAndUnsentStates_areTakenOver() throws Exception {
    byte[] before = Files.readAllBytes(database);
    try (FakeLightningd lightningd = FakeLightningd.start(folder)) {
      // Also the state that was refused: rust-teos's plugin never sends it again.
      tower.awaitAppointments(2);
      assertThat(tower.locators())
          .containsExactlyInAnyOrder(locator(1).toHex(), locator(3).toHex());
      String id = tower.id().toHex();
      JsonNode registration = lightningd.result("getregistrationreceipt", id);
      assertThat(registration.path("user_id").asText()).isEqualTo(user.publicKey().toHex());
      assertThat(registration.path("available_slots").asInt()).isEqualTo(200);
      assertThat(lightningd.result("getappointmentreceipt", id, locator(0).toHex()).toString())
          .isEqualTo("{\"user_signature\":\"userz\",\"start_block\":140,\"signature\":\"towerz\"}");
      Eventually.holds(
          () -> lightningd.result("gettowerinfo", id).path("appointments").size() == 3,
          () -> lightningd.log().toString());

      JsonNode info = lightningd.result("gettowerinfo", misbehaving.id().toHex());
      assertThat(info.path("status").asText()).isEqualTo("misbehaving");
      assertThat(info.path("pending_appointments").has(locator(2).toHex())).isTrue();
      assertThat(info.path("misbehaving_proof").path("recovered_id").asText()).isEqualTo(id);
      assertThat(
              info.path("misbehaving_proof").path("appointment_receipt").path("signature").asText())
          .isEqualTo("towerz");
      assertThat(misbehaving.locators()).isEmpty();
    }
    assertThat(Files.readAllBytes(database)).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(database).toMillis()).isEqualTo(1_000_000);
    try (var files = Files.list(database.getParent())) {
      assertThat(files).containsExactly(database);
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(FakeLightningd.dataFolder(folder))))
        .isEqualTo("rwx------");
  }

  @Test
  void secondStart_doesNotTakeOverAgain() throws Exception {
    FakeLightningd.start(folder).close();
    Files.delete(database);
    Files.writeString(database, "not a database");
    try (FakeLightningd lightningd = FakeLightningd.start(folder)) {
      assertThat(lightningd.result("listtowers")).hasSize(2);
    }
  }

  @Test
  void interruptedTakeover_isCompletedOnce() throws Exception {
    tower.stop();
    FakeLightningd.start(folder).close();
    Files.delete(FakeLightningd.dataFolder(folder).resolve("rust-teos/taken-over.json"));
    try (FakeLightningd lightningd = FakeLightningd.start(folder)) {
      JsonNode info = lightningd.result("listtowers").path(tower.id().toHex());
      assertThat(info.path("pending_appointments")).hasSize(2);
    }
  }

  @Test
  void anotherKey_isKept() throws Exception {
    Path key = FakeLightningd.dataFolder(folder).resolve("user_sk.der");
    new KeyFile(key, "key").create(new SecureRandom());
    byte[] before = Files.readAllBytes(key);
    try (FakeLightningd lightningd = FakeLightningd.start(folder)) {
      lightningd.awaitLog(line -> line.contains("is not taken over"));
      assertThat(lightningd.result("listtowers")).isEmpty();
    }
    assertThat(Files.readAllBytes(key)).isEqualTo(before);
  }

  @Test
  void damagedDatabase_disablesThePlugin() throws Exception {
    Files.writeString(
        database, "not a database, but longer than the header of one: " + "x".repeat(200));
    try (FakeLightningd lightningd = FakeLightningd.launch(folder)) {
      JsonNode answer = lightningd.init(folder, JsonNodeFactory.instance.objectNode());
      assertThat(answer.path("result").path("disable").asText()).contains("TOWERS_DATA_DIR");
    }
  }
}
