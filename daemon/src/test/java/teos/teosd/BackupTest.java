package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.config.Config;
import teos.migration.MigrationMarker;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.protocol.Txid;
import teos.teosd.command.BackupCommand;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** Backups of running and stopped towers, and their restore. */
@Tag("bitcoind")
class BackupTest {

  private static final long FEE_RATE = 10;
  private static final int USERS = 4;
  private static final int RECEIPTS_BEFORE = 200;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path temp;

  private Path folder(String name) {
    return temp.resolve(name);
  }

  private Path file() {
    return temp.resolve("tower.backup");
  }

  private static Config config(Path dataDir, Map<String, String> more) throws Exception {
    Map<String, String> settings = RunningTower.settings(bitcoind);
    settings.putAll(more);
    return TeosDaemon.getConfig(settings, dataDir);
  }

  private void backUp(Path dataDir) throws Exception {
    assertThat(BackupCommand.backUp(config(dataDir, Map.of()), file())).isEqualTo(ExitCode.OK);
  }

  private ExitCode restore(Path dataDir) throws Exception {
    try {
      return BackupCommand.restore(config(dataDir, Map.of()), file());
    } catch (StartupException e) {
      message = String.valueOf(e.getMessage());
      return e.exitCode();
    }
  }

  private String message = "";

  /** Starts the program in a separate process, as an operator's cron would. */
  private TowerProcess program(Path dataDir, String... words) throws Exception {
    List<String> flags = new ArrayList<>(List.of(words));
    flags.addAll(List.of("--datadir=" + dataDir, "--btcnetwork=regtest")); // without bitcoind
    return TowerProcess.start(1, flags);
  }

  private record AcceptedAppointment(SecretKey user, Locator locator) {}

  @Test
  void backupOfABusyTowerHasEveryAcceptedAppointment() throws Exception {
    ConcurrentLinkedQueue<AcceptedAppointment> receipts = new ConcurrentLinkedQueue<>();
    AtomicBoolean enough = new AtomicBoolean();
    List<AcceptedAppointment> before;
    int begun;
    int ended;
    LightningChannel channel = LightningChannel.open(bitcoind);
    SecretKey victim = SecretKey.generate(new SecureRandom());
    try (RunningTower tower = RunningTower.start(bitcoind, folder("old"), Map.of())) {
      TowerUser client = new TowerUser(tower.api(), Dialect.V2, victim);
      assertThat(client.register().status()).isEqualTo(200);
      client.sendForReceipt(
          client.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
      List<Thread> users = new ArrayList<>();
      for (int i = 0; i < USERS; i++) {
        SecretKey user = SecretKey.generate(new SecureRandom());
        users.add(Thread.ofPlatform().start(() -> send(tower, user, receipts, enough)));
      }
      Eventually.holds("receipts", () -> receipts.size() >= RECEIPTS_BEFORE);
      before = List.copyOf(receipts);
      begun = receipts.size();
      try (TowerProcess backup = program(folder("old"), "backup", file().toString())) {
        assertThat(backup.awaitExit()).as(backup.output()).isZero();
        assertThat(backup.output()).contains("backup of tower " + tower.id());
      }
      ended = receipts.size();
      enough.set(true);
      for (Thread user : users) {
        user.join();
      }
    }
    assertThat(ended).as("receipts issued during the backup").isGreaterThan(begun);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));

    try (TowerProcess restore = program(folder("new"), "restore", file().toString())) {
      assertThat(restore.awaitExit()).as(restore.output()).isZero();
    }
    assertThat(Files.readAllBytes(folder("new").resolve("regtest/teos_sk.der")))
        .isEqualTo(Files.readAllBytes(folder("old").resolve("regtest/teos_sk.der")));
    for (String name : List.of("ca.pem", "client.pem", "client-key.pem", "server-key.pem")) {
      assertThat(folder("new").resolve(name)).hasSameBinaryContentAs(folder("old").resolve(name));
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(folder("new").resolve(name))))
          .isEqualTo(name.endsWith("-key.pem") ? "rw-------" : "rw-r--r--");
    }
    try (RunningTower tower = RunningTower.start(bitcoind, folder("new"), Map.of())) {
      for (AcceptedAppointment accepted : before) {
        TowerUser.Reply reply =
            new TowerUser(tower.api(), Dialect.V2, accepted.user()).get(accepted.locator());
        assertThat(reply.json().path("status").asText())
            .as(reply.text())
            .isEqualTo("being_watched");
      }
      Eventually.holds(
          "penalty of a breach since the backup",
          () -> bitcoind.mempool().contains(channel.penaltyTxid(FEE_RATE).toString()));
    }
  }

  private static void send(
      RunningTower tower,
      SecretKey key,
      ConcurrentLinkedQueue<AcceptedAppointment> receipts,
      AtomicBoolean enough) {
    try {
      TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
      user.register();
      SecureRandom random = new SecureRandom();
      while (!enough.get()) {
        byte[] txid = new byte[Txid.LENGTH];
        random.nextBytes(txid);
        user.sendForReceipt(user.appointment(Txid.ofInternal(txid), new byte[300]));
        receipts.add(new AcceptedAppointment(key, Dialect.V2.locator(Txid.ofInternal(txid))));
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts a tower, registers a user, stops the tower, and makes a backup. */
  private void backUpStoppedTower() throws Exception {
    try (RunningTower tower = RunningTower.start(bitcoind, folder("old"), Map.of())) {
      tower.registered(Dialect.V1);
    }
    backUp(folder("old"));
  }

  @Test
  void backUp_stoppedTower_canBeRestored() throws Exception {
    backUpStoppedTower();
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.OK);
    try (RunningTower tower = RunningTower.start(bitcoind, folder("new"), Map.of())) {
      assertThat(tower.daemon().components().internalApi().inventory()).isNotNull();
      assertThat(tower.daemon().components().lastKnownBlock().hash())
          .isEqualTo(bitcoind.bestBlockHash());
    }
    assertNoLeftovers();
  }

  private void assertNoLeftovers() throws IOException {
    try (Stream<Path> files = Files.walk(temp)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".teosd-") || name.equals("teosd.moving"));
    }
  }

  @Test
  void backUp_existingFile_isRefused() throws Exception {
    backUpStoppedTower();
    byte[] before = Files.readAllBytes(file());
    try {
      BackupCommand.backUp(config(folder("old"), Map.of()), file());
    } catch (StartupException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.TARGET);
      assertThat(file()).hasBinaryContent(before);
      return;
    }
    throw new AssertionError("written over");
  }

  @Test
  void backUp_noTower_isRefused() throws Exception {
    try {
      backUp(folder("none"));
    } catch (StartupException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.SOURCE);
      assertThat(file()).doesNotExist();
      return;
    }
    throw new AssertionError("backed up");
  }

  @Test
  void restore_missingOrForeignFile_isRefused() throws Exception {
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.SOURCE);
    assertThat(message).contains("does not exist");
    Files.writeString(file(), "something else");
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.SOURCE);
    assertThat(message).contains("is not a ZIP file");
  }

  @Test
  void restore_folderWithATower_isRefused() throws Exception {
    backUpStoppedTower();
    byte[] key = Files.readAllBytes(folder("old").resolve("regtest/teos_sk.der"));
    assertThat(restore(folder("old"))).isEqualTo(ExitCode.TARGET);
    assertThat(message).contains("not empty");
    assertThat(folder("old").resolve("regtest/teos_sk.der")).hasBinaryContent(key);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.0, 0.3, 0.9, 0.999})
  void restore_truncatedBackup_isRefused(double part) throws Exception {
    backUpStoppedTower();
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(whole, (int) (whole.length * part)));
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.SOURCE);
    assertThat(message).contains(file().toString(), "not a complete backup");
    assertThat(folder("new").resolve("regtest/teos_sk.der")).doesNotExist();
    assertNoLeftovers();
  }

  /** A flipped bit anywhere is detected or has no effect. */
  @Test
  void restore_backupWithAFlippedBit_isRefused() throws Exception {
    backUpStoppedTower();
    byte[] whole = Files.readAllBytes(file());
    Random random = new Random(7);
    byte[] key = Files.readAllBytes(folder("old").resolve("regtest/teos_sk.der"));
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      byte[] bad = whole.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file(), bad);
      Path target = folder("new" + i);
      ExitCode code = restore(target);
      if (code == ExitCode.OK) {
        // The bit was in a field of the ZIP that is not used.
        assertThat(target.resolve("regtest/teos_sk.der")).hasBinaryContent(key);
      } else {
        assertThat(code).as(message).isEqualTo(ExitCode.SOURCE);
        assertThat(target.resolve("regtest/teos_sk.der")).doesNotExist();
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  void restore_afterAnIncompleteRestore_acceptsTheSameBackupOnly() throws Exception {
    backUpStoppedTower();
    Path data = folder("new").resolve("regtest");
    Files.createDirectories(data);
    Properties made = new Properties();
    try (ZipFile zip = new ZipFile(file().toFile())) {
      made.load(zip.getInputStream(zip.getEntry("teos-backup")));
    }
    // The state after a crash: the database exists, but not the key.
    Files.write(data.resolve("teos_db.sqlite"), new byte[100]);
    MigrationMarker marker = new MigrationMarker(data);
    marker.set("import of rust-teos, tower id " + made.getProperty("tower_id"));
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.TARGET);
    assertThat(message).contains("another unfinished migration");
    marker.set(
        "restore of a backup made "
            + made.getProperty("made")
            + ", tower id "
            + made.getProperty("tower_id"));
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, folder("new"), FreePort.find(), Map.of())) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.UNFINISHED.code());
    }
    assertThat(restore(folder("new"))).as(message).isEqualTo(ExitCode.OK);
    assertNoLeftovers();
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, folder("new"), FreePort.find(), Map.of())) {
      tower.awaitReady();
    }
  }

  @Test
  void restore_backupOfAnotherNetwork_isRefused() throws Exception {
    backUpStoppedTower();
    Config signet = config(folder("new"), Map.of("btc_network", "signet"));
    try {
      BackupCommand.restore(signet, file());
    } catch (StartupException e) {
      assertThat(e.exitCode()).isEqualTo(ExitCode.SOURCE);
      assertThat(e.getMessage()).contains("regtest", "signet");
      return;
    }
    throw new AssertionError("restored");
  }

  @Test
  void restore_olderBackup_resetsTheCommitCounter() throws Exception {
    backUpStoppedTower();
    try (RunningTower tower = RunningTower.start(bitcoind, folder("old"), Map.of())) {
      tower.registered(Dialect.V2); // commits that are not in the backup
    }
    assertThat(restore(folder("new"))).isEqualTo(ExitCode.OK);
    // The old database is refused beside the newer commit counter, but accepted when restored.
    Files.copy(
        folder("old").resolve("regtest/teos_db.commits"),
        folder("new").resolve("regtest/teos_db.commits"),
        StandardCopyOption.REPLACE_EXISTING);
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, folder("new"), FreePort.find(), Map.of())) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.DATABASE_DAMAGED.code());
    }
    for (String name : List.of("teos_db.sqlite", "teos_db.commits", "teos_sk.der")) {
      Files.delete(folder("new").resolve("regtest").resolve(name));
    }
    assertThat(restore(folder("new"))).as(message).isEqualTo(ExitCode.OK);
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, folder("new"), FreePort.find(), Map.of())) {
      tower.awaitReady();
    }
  }
}
