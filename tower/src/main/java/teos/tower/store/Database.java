package teos.tower.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  private static final Logger log = LoggerFactory.getLogger(Database.class);
  private static final int READERS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 30_000;

  /** Negative: in KiB, as SQLite has it. */
  private static final int WRITER_CACHE = -8 * 1024;

  private static final int READER_CACHE = -2 * 1024;

  /** By themselves, for which there is {@link Checkpoints}. */
  private static final String NO_CHECKPOINTS = "PRAGMA wal_autocheckpoint = 0";

  private final HikariDataSource writer;
  private final HikariDataSource readers;
  private final Jdbi reading;
  private final StorageHealth health;
  private final CommitMark mark;
  private final HikariDataSource mover;
  private final Checkpoints checkpoints;
  private final GroupCommit commits;

  private Database(
      HikariDataSource writer,
      HikariDataSource readers,
      HikariDataSource mover,
      StorageHealth health,
      CommitMark mark) {
    this.writer = writer;
    this.readers = readers;
    this.reading = Jdbi.create(readers);
    this.health = health;
    this.mark = mark;
    this.mover = mover;
    Jdbi writing = Jdbi.create(writer);
    this.checkpoints = new Checkpoints(Jdbi.create(mover), writing);
    this.commits = new GroupCommit(writing, health, mark, checkpoints);
  }

  /**
   * Opens the database in {@code file}, which is made or brought up to date where needed.
   *
   * @throws StorageException if that cannot be done, or if commits have been lost from it
   */
  public static Database open(Path file) {
    StorageHealth health = new StorageHealth(file);
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Path markFile = CommitMark.fileFor(file);
      requireAllCommits(file, markFile);
      HikariDataSource writer = pool("writer", 1, sqlite(file, WRITER_CACHE));
      opened.add(writer);
      Flyway.configure(Database.class.getClassLoader())
          .dataSource(writer)
          .locations("classpath:db/migration")
          .load()
          .migrate();
      HikariDataSource readers = pool("reader", READERS, sqlite(file, READER_CACHE));
      opened.add(readers);
      HikariDataSource mover = pool("checkpoints", 1, sqlite(file, READER_CACHE));
      opened.add(mover);
      CommitMark mark = CommitMark.open(markFile);
      opened.add(mark);
      Database database = new Database(writer, readers, mover, health, mark);
      opened.add(database);
      database.write(handle -> null); // one commit: a disk that takes none is known now, not later
      return database;
    } catch (IOException | RuntimeException e) {
      opened.reversed().forEach(Database::closeQuietly);
      throw e instanceof StorageException known && known.isFatal()
          ? known
          : health.judge("cannot open the database " + file, e);
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      log.debug("cannot close {}", resource, e);
    }
  }

  /** Looks before anything is written: what is left of a log that was cut off is left as it is. */
  private static void requireAllCommits(Path file, Path markFile) throws IOException {
    long marked = CommitMark.read(markFile).orElse(0);
    if (marked == 0) {
      return;
    }
    long stored = Files.exists(file) ? storedCommits(file) : 0;
    if (stored < marked) {
      throw new StorageException(
          StorageFault.COMMITS_LOST,
          "the database " + file + " has lost " + (marked - stored) + " commits: its last is number "
              + stored + ", and " + markFile + " says that there were " + marked + ". Its -wal file"
              + " was cut off or deleted, or an old copy was put in its place. Users may hold"
              + " receipts for what is missing: " + StorageFault.COMMITS_LOST.advice(file)
              + ". To accept the loss, delete " + markFile + " and start the tower again",
          null);
    }
  }

  private static long storedCommits(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return Jdbi.create(source)
        .withHandle(
            handle ->
                handle
                        .createQuery("SELECT 1 FROM sqlite_master WHERE name = 'commits'")
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent()
                    ? GroupCommit.storedNumber(handle)
                    : 0L);
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
    config.setConnectionInitSql(NO_CHECKPOINTS);
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
      throw health.judge("cannot read the database", e);
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

  /**
   * Has {@code work} done for {@code item}, together with whatever else is to be done by the same work
   * at that time, and answers when that is committed and on disk.
   *
   * @throws StorageException if the database fails
   */
  public <I, O> O write(SharedWrite<I, O> work, I item) {
    return commits.write(work, item);
  }

  /**
   * Has {@code listener} told of the first fault after which nothing more is written: the tower has
   * to end then. It is called in whichever thread has met the fault, which it must not keep.
   */
  public void onFault(Consumer<StorageException> listener) {
    health.onFault(listener);
  }

  /** Finishes what is being written, and closes. */
  @Override
  public void close() {
    commits.close();
    checkpoints.close();
    mover.close();
    readers.close();
    writer.close();
    mark.close();
  }
}
