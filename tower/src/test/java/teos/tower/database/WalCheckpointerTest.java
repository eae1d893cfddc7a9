package teos.tower.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log is checkpointed into the database and restarts. */
class WalCheckpointerTest {

  private static final int MIB = 1 << 20;

  /** More than may accumulate in the log. */
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

  private void write(Handle writer, WalCheckpointer checkpointer, int mebibytes) throws Exception {
    for (int i = 0; i < mebibytes; i++) {
      writer.execute("INSERT INTO t VALUES (randomblob(?))", MIB);
      checkpointer.committed(writer);
      Thread.sleep(5); // leaves time for the checkpoint thread
    }
  }

  private static void prepare(Handle writer) {
    writer.execute("PRAGMA journal_mode = WAL");
    writer.execute("PRAGMA synchronous = NORMAL");
    writer.execute("PRAGMA wal_autocheckpoint = 0");
    writer.execute("CREATE TABLE t (b BLOB)");
  }

  @Test
  void logRestartsAfterACheckpoint() throws Exception {
    try (Handle writer = open().open();
        FileChannel file = FileChannel.open(database(), StandardOpenOption.WRITE)) {
      prepare(writer);
      WalCheckpointer checkpointer = new WalCheckpointer(open(), database(), file);
      write(writer, checkpointer, LONG_MIB);
      for (int i = 0; i < 1_000 && pagesInLog(writer) > 256 * LONG_MIB; i++) {
        Thread.sleep(10);
        write(writer, checkpointer, 1);
      }
      assertThat(pagesInLog(writer)).isLessThan(256 * LONG_MIB);
      checkpointer.close();
      assertThat(checkpointer.failure()).isEmpty();
    }
  }

  /** The system may have discarded what was checkpointed: only the log has it. */
  @Test
  void logIsKeptAfterAFailedSync() throws Exception {
    try (Handle writer = open().open()) {
      prepare(writer);
      FileChannel broken = FileChannel.open(database(), StandardOpenOption.WRITE);
      broken.close(); // syncs through it fail
      WalCheckpointer checkpointer = new WalCheckpointer(open(), database(), broken);
      for (int i = 0; i < 100 && checkpointer.failure().isEmpty(); i++) {
        write(writer, checkpointer, LONG_MIB / 4);
      }
      assertThat(checkpointer.failure()).isPresent();
      int before = pagesInLog(writer);
      write(writer, checkpointer, LONG_MIB);
      checkpointer.close();
      assertThat(pagesInLog(writer)).isGreaterThan(before + 250 * LONG_MIB);
    }
  }
}
