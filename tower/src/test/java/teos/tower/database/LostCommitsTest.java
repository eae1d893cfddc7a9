package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/** A database that is behind its commit counter is not opened; one that may be complete is. */
class LostCommitsTest {

  private static final PublicKey USER = SecretKey.generate(new SecureRandom()).publicKey();
  private static final int WRITES = 5;

  private final UsersDBM users = new UsersDBM();

  @TempDir Path folder;
  private Path file;
  private Path wal;
  private Path counter;

  /** Copies the files as after a kill -9: those of a database that is open. */
  @BeforeEach
  void crash() throws IOException {
    Path running = Files.createDirectory(folder.resolve("running"));
    Path crashed = Files.createDirectory(folder.resolve("crashed"));
    try (Database database = Database.open(running.resolve("teos_db.sqlite"))) {
      for (int i = 0; i < WRITES; i++) {
        storeSlots(database, i);
      }
      for (String name : new String[] {"teos_db.sqlite", "teos_db.sqlite-wal", "teos_db.commits"}) {
        Files.copy(running.resolve(name), crashed.resolve(name));
      }
    }
    file = crashed.resolve("teos_db.sqlite");
    wal = crashed.resolve("teos_db.sqlite-wal");
    counter = crashed.resolve("teos_db.commits");
  }

  private void storeSlots(Database database, long slots) {
    UserRecord user = new UserRecord(USER, Dialect.V2, slots, 120, 4440);
    database.execute(
        handle -> {
          users.store(handle, user);
        });
  }

  private long openAndReadSlots() {
    try (Database database = Database.open(file)) {
      Optional<UserRecord> user = database.read(handle -> users.load(handle, USER));
      return user.map(UserRecord::availableSlots).orElse(-1L);
    }
  }

  private void assertRefused(String text) {
    assertThatThrownBy(() -> Database.open(file))
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.fault()).contains(StorageFault.COMMITS_LOST))
        .hasMessageContainingAll(text, "-wal", counter.toString(), "To accept the loss");
  }

  @Test
  void open_afterACrash_hasAllCommits() {
    assertThat(openAndReadSlots()).isEqualTo(WRITES - 1);
    assertThat(openAndReadSlots()).isEqualTo(WRITES - 1);
  }

  @Test
  void open_logMissing_isRejected() throws IOException {
    Files.delete(wal);
    assertRefused("has lost " + (WRITES + 1) + " commits");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 8_000})
  void open_logTruncated_isRejectedAndLeavesTheFilesUnchanged(int lost) throws IOException {
    try (FileChannel channel = FileChannel.open(wal, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - lost);
    }
    byte[] left = Files.readAllBytes(wal);
    byte[] before = Files.readAllBytes(file);
    assertRefused("has lost");
    assertThat(wal).hasBinaryContent(left);
    assertThat(file).hasBinaryContent(before);
    assertRefused("has lost");
  }

  @Test
  void open_olderCopy_isRejectedUntilTheCounterIsDeleted() throws IOException {
    Path copy = folder.resolve("copy");
    openAndReadSlots();
    Files.copy(file, copy);
    try (Database database = Database.open(file)) {
      storeSlots(database, 77);
      storeSlots(database, 78);
    }
    Files.copy(copy, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused("has lost 3 commits");
    Files.delete(counter);
    assertThat(openAndReadSlots()).isEqualTo(WRITES - 1);
    assertThat(counter).exists();
  }

  @Test
  void open_databaseMissing_isRejected() throws IOException {
    Files.delete(wal);
    Files.delete(file);
    assertRefused("its last is number 0");
    assertThat(file).doesNotExist();
  }

  @Test
  void open_counterDeleted_acceptsTheLoss() throws IOException {
    Files.delete(wal);
    Files.delete(counter);
    assertThat(openAndReadSlots()).isEqualTo(-1);
  }

  @Test
  void open_counterTorn_isAccepted() throws IOException {
    byte[] whole = Files.readAllBytes(counter);
    for (byte[] torn :
        new byte[][] {
          {}, new byte[whole.length], Arrays.copyOf(whole, 7), Arrays.copyOf(whole, 20)
        }) {
      Files.write(counter, torn);
      assertThat(openAndReadSlots()).isEqualTo(WRITES - 1);
    }
    assertThat(CommitCounterFile.read(counter)).isPresent();
  }

  @Test
  void open_counterBehindAsAfterAPowerCut_isAccepted() throws IOException {
    try (CommitCounterFile earlier = CommitCounterFile.open(counter)) {
      earlier.write(2);
    }
    assertThat(openAndReadSlots()).isEqualTo(WRITES - 1);
  }

  @Test
  void rollback_isNotCounted() throws IOException {
    try (Database database = Database.open(file)) {
      long before = CommitCounterFile.read(counter).orElseThrow();
      assertThatThrownBy(() -> database.write(handle -> handle.execute("INSERT INTO nowhere")))
          .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.isFatal()).isFalse());
      storeSlots(database, 9);
      assertThat(CommitCounterFile.read(counter).orElseThrow()).isGreaterThan(before);
    }
    assertThat(openAndReadSlots()).isEqualTo(9);
  }
}
