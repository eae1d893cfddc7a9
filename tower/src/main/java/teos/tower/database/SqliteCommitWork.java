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
 * Syncs SQLite's transactions to disk, numbers them (see {@link CommitCounterFile}) and starts
 * checkpoints.
 *
 * <p>With {@code synchronous=NORMAL} SQLite writes a transaction into its write-ahead log, and the
 * system decides when that reaches the disk. The log is synced here, while the next transaction is
 * written. SQLite itself syncs the log before a checkpoint, and the database before the log
 * restarts: so what is no longer in the log at this sync is on disk in the database.
 */
final class SqliteCommitWork implements StorageEngine.CommitWork {

  private static final Logger logger = LoggerFactory.getLogger(SqliteCommitWork.class);

  private final Path database;
  private final Path wal;
  private final FileChannel log;

  /** Must be closed after all connections: closing it drops the process's locks on the file. */
  private final FileChannel file;

  private final CommitCounterFile counter;
  private final HikariDataSource checkpointSource;
  private final WalCheckpointer checkpointer;

  /** Number of the last commit. */
  private long number;

  /**
   * @param database SQLite's file, which {@code writing} has opened together with its write-ahead
   *     log
   * @param checkpointSource connection for checkpoints only
   */
  SqliteCommitWork(
      Path database, Jdbi writing, CommitCounterFile counter, HikariDataSource checkpointSource)
      throws IOException {
    this.database = database;
    this.wal = database.resolveSibling(database.getFileName() + "-wal");
    this.counter = counter;
    this.checkpointSource = checkpointSource;
    this.number = writing.withHandle(SqliteCommitWork::storedNumber);
    this.log = FileChannel.open(wal, StandardOpenOption.WRITE);
    this.file = FileChannel.open(database, StandardOpenOption.WRITE);
    this.checkpointer = new WalCheckpointer(Jdbi.create(checkpointSource), database, file);
  }

  /** Returns the number of the last commit in the database. */
  static long storedNumber(Handle handle) {
    return handle.createQuery("SELECT number FROM commits").mapTo(Long.class).one();
  }

  @Override
  public void beforeCommit(Handle handle) {
    handle.execute("UPDATE commits SET number = ?", number + 1);
  }

  @Override
  public long committed() {
    return ++number;
  }

  @Override
  public void sync(long last) {
    checkpointer
        .failure()
        .ifPresent(
            failure -> {
              throw new StorageException(
                  StorageFault.refine(database, StorageFault.IO_ERROR),
                  "cannot checkpoint " + wal + " into the database: " + failure.getMessage(),
                  failure);
            });
    try {
      log.force(false);
    } catch (IOException e) {
      StorageFault fault = StorageFault.refine(wal, StorageFault.IO_ERROR);
      throw new StorageException(fault, "cannot sync " + wal + ": " + e.getMessage(), e);
    }
    counter.write(last);
  }

  @Override
  public void afterSubmit(Handle writing) {
    checkpointer.committed(writing);
  }

  @Override
  public void close() {
    checkpointer.close();
    if (checkpointer.failure().isEmpty()) {
      checkpointSource.close();
    } // else closing the last connection would checkpoint the rest of the log and delete it
    counter.close();
    closeQuietly(log);
    closeQuietly(file);
  }

  private void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      logger
          .atDebug()
          .addKeyValue("wal", wal)
          .setCause(e)
          .log("cannot close the database or its log");
    }
  }
}
