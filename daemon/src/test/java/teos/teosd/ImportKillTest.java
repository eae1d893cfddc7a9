package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.tower.store.StoredAppointment;

/** An import that is killed or interrupted, and then repeated. */
@Tag("bitcoind")
@Tag("soak")
class ImportKillTest {

  private static final int APPOINTMENTS = 10_000;
  private static final long FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path temp;

  /** How the first import ends. */
  enum End {
    KILL,
    INT
  }

  private Path database() {
    return temp.resolve("new/regtest/teos_db.sqlite");
  }

  private TowerProcess teosd(String... words) throws Exception {
    List<String> flags = new ArrayList<>(List.of(words));
    flags.add("--datadir=" + temp.resolve("new"));
    RunningTower.settings(bitcoind)
        .forEach((key, value) -> flags.add("--" + key.replace("_", "") + "=" + value));
    int port = FreePort.find();
    flags.add("--apiport=" + port);
    return TowerProcess.start(port, flags);
  }

  private long storedAppointments() throws SQLException {
    if (!Files.exists(database())) {
      return 0;
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        ResultSet count =
            connection
                .createStatement()
                .executeQuery("SELECT count(*) FROM sqlite_master WHERE name = 'appointments'")) {
      if (count.getInt(1) == 0) {
        return 0;
      }
      try (ResultSet rows =
          connection.createStatement().executeQuery("SELECT count(*) FROM appointments")) {
        return rows.getLong(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void repeatedImportContinuesAndIsComplete(End end) throws Exception {
    SecretKey user = SecretKey.generate(new SecureRandom());
    SecretKey key = SecretKey.generate(new SecureRandom());
    Dialect dialect = end == End.KILL ? Dialect.V2 : Dialect.V1;
    OldTower old = new OldTower(key, dialect);
    long height = bitcoind.rpc("getblockcount").asLong();
    old.register(user.publicKey(), 5, 100, height + 1_000);
    TowerUser signer = new TowerUser(URI.create("http://127.0.0.1:1"), dialect, user);
    LightningChannel channel = LightningChannel.open(bitcoind);
    StoredAppointment watched =
        old.take(
            signer.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)), user, height);
    Random random = new Random(1);
    for (int i = 1; i < APPOINTMENTS; i++) {
      byte[] locator = new byte[Locator.LENGTH];
      random.nextBytes(locator);
      Appointment appointment = new Appointment(new Locator(locator), new byte[350], 144);
      StoredAppointment stored =
          new StoredAppointment(appointment, user.publicKey(), watched.userSignature(), height);
      old.appointments.put(stored.uuid(), stored);
    }
    old.lastBlock = bitcoind.bestBlockHash();
    Path folder = temp.resolve("old");
    if (dialect == Dialect.V2) {
      OldTowerFolder.writeRust(folder, old);
    } else {
      OldTowerFolder.writePython(folder, old);
    }

    try (TowerProcess first = teosd("import", folder.toString())) {
      Eventually.holds(
          "some records are imported",
          () -> first.output().contains(" records") || !first.isAlive());
      if (end == End.KILL) {
        first.kill9();
      } else {
        first.signal("INT");
        assertThat(first.awaitExit()).as(first.output()).isEqualTo(ExitCode.KILLED.code());
        assertThat(first.output()).contains("interrupted", "Run the same command again");
      }
    }
    assertThat(storedAppointments()).isGreaterThan(0).isLessThan(APPOINTMENTS);
    try (TowerProcess tower = teosd()) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.UNFINISHED.code());
      assertThat(tower.output()).contains("import of", "Run the same command again");
    }

    try (TowerProcess second = teosd("import", folder.toString())) {
      assertThat(second.awaitExit()).as(second.output()).isZero();
      assertThat(second.output())
          .contains("10,001 of 10,001 records", "tower id=" + key.publicKey());
    }
    assertThat(storedAppointments()).isEqualTo(APPOINTMENTS);
    assertThat(temp.resolve("new/regtest/teosd.import")).doesNotExist();
    try (TowerProcess tower = teosd()) {
      tower.awaitReady();
      TowerUser client = new TowerUser(tower.api(), dialect, user);
      assertThat(client.subscription().json().path("available_slots").asLong()).isEqualTo(5);
      bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
      Eventually.holds(
          "penalty in the mempool",
          () -> bitcoind.mempool().contains(channel.penaltyTxid(FEE_RATE).toString()));
    }
  }
}
