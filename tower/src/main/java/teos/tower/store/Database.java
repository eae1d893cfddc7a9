package teos.tower.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteDataSource;

/**
 * The tower's database: one writer, whose transactions are shared (see {@link GroupCommit}), and
 * readers that never wait for it.
 *
 * <p>SQLite in WAL mode with {@code synchronous=FULL}: a transaction that has been committed is on
 * disk, and is there after a crash of the program, the system or the power.
 */
public final class Database implements AutoCloseable {

  private static final int READERS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 30_000;

  /** Negative: in KiB, as SQLite has it. */
  private static final int WRITER_CACHE = -16 * 1024;

  private static final int READER_CACHE = -4 * 1024;

  private final HikariDataSource writer;
  private final HikariDataSource readers;
  private final Jdbi reading;
  private final GroupCommit commits;

  private Database(HikariDataSource writer, HikariDataSource readers) {
    this.writer = writer;
    this.readers = readers;
    this.reading = Jdbi.create(readers);
    this.commits = new GroupCommit(Jdbi.create(writer));
  }

  /**
   * Opens the database in {@code file}, which is made or brought up to date where needed.
   *
   * @throws StorageException if that cannot be done
   */
  public static Database open(Path file) {
    HikariDataSource writer = null;
    try {
      writer = pool("writer", 1, sqlite(file, WRITER_CACHE));
      Flyway.configure(Database.class.getClassLoader())
          .dataSource(writer)
          .locations("classpath:db/migration")
          .load()
          .migrate();
      return new Database(writer, pool("reader", READERS, sqlite(file, READER_CACHE)));
    } catch (RuntimeException e) {
      if (writer != null) {
        writer.close();
      }
      throw new StorageException("cannot open the database " + file + ": " + e.getMessage(), e);
    }
  }

  private static SQLiteDataSource sqlite(Path file, int cache) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setTransactionMode(TransactionMode.IMMEDIATE);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.setCacheSize(cache);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  private static HikariDataSource pool(String name, int size, SQLiteDataSource source) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setMaximumPoolSize(size);
    return new HikariDataSource(config);
  }

  /**
   * Reads what has been committed.
   *
   * @throws StorageException if the database does not answer
   */
  public <T> T read(Function<Handle, T> work) {
    try {
      return reading.withHandle(work::apply);
    } catch (JdbiException e) {
      throw new StorageException("cannot read the database: " + e.getMessage(), e);
    }
  }

  /**
   * Runs {@code work} in a transaction and answers when that is committed and on disk. Work that
   * throws leaves nothing behind, and its exception is thrown here.
   *
   * @throws StorageException if the database fails
   */
  public <T> T write(Function<Handle, T> work) {
    return commits.write(work);
  }

  /** Finishes what is being written, and closes. */
  @Override
  public void close() {
    commits.close();
    readers.close();
    writer.close();
  }
}
