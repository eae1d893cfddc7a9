package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.StorageEngine.CommitWork;

/**
 * The tower's database: one writer, whose transactions are shared (see {@link GroupCommit}), and
 * readers that never wait for it.
 *
 * <p>SQLite's file or a PostgreSQL server's database, with the same tables and the same queries;
 * what differs is in the {@link StorageEngine}.
 */
public final class Database implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** What {@code <lock>} stands for at the end of a SELECT: see {@link StorageEngine#lock}. */
  public static final String LOCK = "lock";

  /** The same for {@link StorageEngine#allLocators}. */
  public static final String ALL_LOCATORS = "all_locators";

  private final HikariDataSource writer;
  private final HikariDataSource readers;
  private final Jdbi reading;
  private final StorageEngine engine;
  private final StorageHealth health;
  private final CommitWork work;
  private final GroupCommit commits;

  private Database(
      StorageEngine engine,
      StorageHealth health,
      HikariDataSource writer,
      HikariDataSource readers,
      Jdbi writing,
      CommitWork work) {
    this.engine = engine;
    this.health = health;
    this.writer = writer;
    this.readers = readers;
    this.reading = Jdbi.create(readers).define(LOCK, "").define(ALL_LOCATORS, engine.allLocators());
    this.work = work;
    this.commits = new GroupCommit(writing, health, engine, work);
  }

  /**
   * Loads SQLite itself, for those who open a file of another tower.
   *
   * @throws StorageException if its native library cannot be loaded
   */
  public static void requireLibrary() {
    Sqlite.requireLibrary();
  }

  /**
   * Opens SQLite's database in {@code file}, which is made or brought up to date where needed.
   *
   * @throws StorageException if that cannot be done, if commits have been lost from it, or if a
   *     newer program has made it
   */
  public static Database open(Path file) {
    return open(file, step -> {});
  }

  /**
   * Opens SQLite's database in {@code file}, like {@link #open(Path)}.
   *
   * @param migrating told, in words for the operator, before the tables are brought up to date
   */
  public static Database open(Path file, Consumer<String> migrating) {
    return open(new Sqlite(file), migrating);
  }

  /**
   * Opens a database of a PostgreSQL server, whose tables are made or brought up to date where
   * needed.
   *
   * @throws StorageException if that cannot be done, if the server does not keep what it commits,
   *     if a newer program has made the tables, or an older one watches by them
   */
  public static Database open(PostgresAddress address) {
    return open(address, step -> {});
  }

  /**
   * Opens a database of a PostgreSQL server, like {@link #open(PostgresAddress)}.
   *
   * @param migrating told, in words for the operator, before the tables are brought up to date
   */
  public static Database open(PostgresAddress address, Consumer<String> migrating) {
    return open(new Postgres(address), migrating);
  }

  private static Database open(StorageEngine engine, Consumer<String> migrating) {
    StorageHealth health = new StorageHealth(engine);
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      engine.inspect();
      HikariDataSource writer = engine.writer();
      opened.add(writer);
      Migrations.run(engine, writer, migrating);
      HikariDataSource readers = engine.readers();
      opened.add(readers);
      Jdbi writing = engine.writing(writer).define(LOCK, engine.lock());
      CommitWork work = engine.commitWork(writing);
      opened.add(work);
      Database database = new Database(engine, health, writer, readers, writing, work);
      opened.add(database);
      database.execute(handle -> {}); // one commit, so that a disk that refuses writes is found now
      return database;
    } catch (IOException | RuntimeException e) {
      opened.reversed().forEach(Database::closeQuietly);
      if (e instanceof StorageException known && known.isFatal()) {
        throw known;
      }
      if (engine.isFullOnWrite(e)) {
        String advice = engine.advice(StorageFault.DISK_FULL);
        throw new StorageException(StorageFault.DISK_FULL, "cannot go on: " + advice, e);
      }
      throw health.judge("cannot open the database " + engine, e);
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      log.debug("cannot close {}", resource, e);
    }
  }

  /**
   * Reads what has been committed.
   *
   * @throws StorageException if the database does not answer
   */
  public <T> T read(Function<Handle, T> work) {
    try {
      return engine.readsInTransactions()
          ? reading.inTransaction(work::apply)
          : reading.withHandle(work::apply);
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
   * The same for work without a result.
   *
   * @throws StorageException if the database fails
   */
  public void execute(Consumer<Handle> work) {
    commits.write(
        handle -> {
          work.accept(handle);
          return true;
        });
  }

  /**
   * Has {@code work} done for {@code item}, together with whatever else is to be done by the same
   * work at that time, and answers when that is committed and on disk.
   *
   * @throws StorageException if the database fails
   */
  public <I, O> O write(BatchedWrite<I, O> work, I item) {
    return commits.write(work, item);
  }

  /** Whether other processes may write it, too. */
  public boolean isShared() {
    return engine instanceof Postgres;
  }

  /** The lease of who watches; none where no other process can write the database. */
  public Optional<Lease> lease() {
    if (engine instanceof Postgres postgres && work instanceof Fence fence) {
      HikariDataSource source = postgres.lease();
      Jdbi jdbi = Jdbi.create(source).define(LOCK, engine.lock());
      return Optional.of(new Lease(source, jdbi, health, fence));
    }
    return Optional.empty();
  }

  /**
   * Has {@code listener} told of the first fault after which nothing more is written: the tower has
   * to end then. It is called in whichever thread has met the fault, which it must not keep.
   */
  public void onFault(Consumer<StorageException> listener) {
    health.onFault(listener);
  }

  /** Has {@code space} release its reserve when a write finds the disk full. */
  public void reserve(DiskSpace space) {
    health.onDiskFull(space::release);
  }

  /** Bytes that it takes on its disk, with its log; empty if it does not say. */
  public OptionalLong size() {
    return read(engine::size);
  }

  /**
   * Has {@code listener} told of each transaction how long its commit took, nanoseconds, until it
   * was on disk. Called by the thread that all writers wait for.
   */
  public void onCommit(LongConsumer listener) {
    commits.onCommit(listener);
  }

  /** Finishes what is being written, and closes. */
  @Override
  public void close() {
    commits.close();
    readers.close();
    writer.close();
    work.close();
  }
}
