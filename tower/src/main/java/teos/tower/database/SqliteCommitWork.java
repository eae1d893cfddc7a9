package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has SQLite's transactions on disk, has each count itself (see {@link CommitCounterFile}), and
 * moves its log on.
 *
 * <p>With {@code synchronous=NORMAL} SQLite writes a transaction into its write-ahead log and
 * leaves it to the system when that is on disk. It is synced here, while the next transaction is
 * written. SQLite itself syncs the log before anything of it is moved into the database, and the
 * database before the log begins anew: what this sync finds gone from the log is on disk elsewhere.
 */
final class SqliteCommitWork implements StorageEngine.CommitWork {

  private static final Logger logger = LoggerFactory.getLogger(SqliteCommitWork.class);

  private final Path database;
  private final Path wal;
  private final FileChannel log;

  /**
   * Closed when no connection is open any more: by that, the process loses its locks on the file.
   */
  private final FileChannel file;

  private final CommitCounterFile mark;
  private final HikariDataSource mover;
  private final WalCheckpointer checkpoints;

  /** The last commit's number. */
  private long number;

  /**
   * @param database SQLite's file, which {@code writing} has opened, and its write-ahead log
   * @param mover a connection of the checkpoints' own
   */
  SqliteCommitWork(Path database, Jdbi writing, CommitCounterFile mark, HikariDataSource mover)
      throws IOException {
    this.database = database;
    this.wal = database.resolveSibling(database.getFileName() + "-wal");
    this.mark = mark;
    this.mover = mover;
    this.number = writing.withHandle(SqliteCommitWork::storedNumber);
    this.log = FileChannel.open(wal, StandardOpenOption.WRITE);
    this.file = FileChannel.open(database, StandardOpenOption.WRITE);
    this.checkpoints = new WalCheckpointer(Jdbi.create(mover), database, file);
  }

  /** The number of the last commit that the database has. */
  static long storedNumber(Handle handle) {
    return handle.createQuery("SELECT number FROM commits").mapTo(Long.class).one();
  }

  @Override
  public void within(Handle handle) {
    handle.execute("UPDATE commits SET number = ?", number + 1);
  }

  @Override
  public long committed() {
    return ++number;
  }

  @Override
  public void sync(long last) {
    checkpoints
        .failure()
        .ifPresent(
            failure -> {
              throw new StorageException(
                  StorageFault.lookedAt(database, StorageFault.IO_ERROR),
                  "cannot move " + wal + " into the database: " + failure.getMessage(),
                  failure);
            });
    try {
      log.force(false);
    } catch (IOException e) {
      StorageFault fault = StorageFault.lookedAt(wal, StorageFault.IO_ERROR);
      throw new StorageException(fault, "cannot sync " + wal + ": " + e.getMessage(), e);
    }
    mark.write(last);
  }

  @Override
  public void tidy(Handle writing) {
    checkpoints.committed(writing);
  }

  @Override
  public void close() {
    checkpoints.close();
    if (checkpoints.failure().isEmpty()) {
      mover.close();
    } // else the last one to be closed would move what is left of the log, and delete it
    mark.close();
    closeQuietly(log);
    closeQuietly(file);
  }

  private void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      logger.debug("cannot close the database or {}", wal, e);
    }
  }
}
