package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the log is moved into the database, and the log does not grow for ever. */
class WalCheckpointerTest {

  private static final int MIB = 1 << 20;

  /** More than is let come together in the log. */
  private static final int LONG_MIB = 80;

  @TempDir Path folder;

  private Path database() {
    return folder.resolve("db");
  }

  private static int pagesInLog(Handle handle) {
    return handle
        .createQuery("PRAGMA wal_checkpoint(NOOP)")
        .map((row, context) -> row.getInt("log"))
        .one();
  }

  private Jdbi open() {
    return Jdbi.create("jdbc:sqlite:" + database());
  }

  private void write(Handle writer, WalCheckpointer checkpoints, int mebibytes) throws Exception {
    for (int i = 0; i < mebibytes; i++) {
      writer.execute("INSERT INTO t VALUES (randomblob(?))", MIB);
      checkpoints.committed(writer);
      Thread.sleep(5); // so that what is beside this gets on
    }
  }

  private static void prepare(Handle writer) {
    writer.execute("PRAGMA journal_mode = WAL");
    writer.execute("PRAGMA synchronous = NORMAL");
    writer.execute("PRAGMA wal_autocheckpoint = 0");
    writer.execute("CREATE TABLE t (b BLOB)");
  }

  @Test
  void theLogBeginsAnew() throws Exception {
    try (Handle writer = open().open();
        FileChannel file = FileChannel.open(database(), StandardOpenOption.WRITE)) {
      prepare(writer);
      WalCheckpointer checkpoints = new WalCheckpointer(open(), database(), file);
      write(writer, checkpoints, LONG_MIB);
      for (int i = 0; i < 1_000 && pagesInLog(writer) > 256 * LONG_MIB; i++) {
        Thread.sleep(10);
        write(writer, checkpoints, 1);
      }
      assertThat(pagesInLog(writer)).isLessThan(256 * LONG_MIB);
      checkpoints.close();
      assertThat(checkpoints.failure()).isEmpty();
    }
  }

  /** The system may have forgotten what was moved: the log keeps it. */
  @Test
  void theLogStaysWholeOnceASyncHasFailed() throws Exception {
    try (Handle writer = open().open()) {
      prepare(writer);
      FileChannel broken = FileChannel.open(database(), StandardOpenOption.WRITE);
      broken.close(); // what is synced by it fails
      WalCheckpointer checkpoints = new WalCheckpointer(open(), database(), broken);
      for (int i = 0; i < 100 && checkpoints.failure().isEmpty(); i++) {
        write(writer, checkpoints, LONG_MIB / 4);
      }
      assertThat(checkpoints.failure()).isPresent();
      int before = pagesInLog(writer);
      write(writer, checkpoints, LONG_MIB);
      checkpoints.close();
      assertThat(pagesInLog(writer)).isGreaterThan(before + 250 * LONG_MIB);
    }
  }
}
