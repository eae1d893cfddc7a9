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
 * <p>It is an SQLite file or a database of a PostgreSQL server, with the same tables and queries;
 * {@link StorageEngine} has the differences.
 */
public final class Database implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** Name that {@code <lock>} at the end of a SELECT stands for: see {@link StorageEngine#lock}. */
  public static final String LOCK = "lock";

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
    this.reading = Jdbi.create(readers).define(LOCK, "");
    this.work = work;
    this.commits = new GroupCommit(writing, health, engine, work);
  }

  /**
   * Loads SQLite's native library, for callers that open another tower's file.
   *
   * @throws StorageException if the library cannot be loaded
   */
  public static void requireLibrary() {
    Sqlite.requireLibrary();
  }

  /**
   * Opens the SQLite database in {@code file}; creates or migrates it if necessary.
   *
   * @throws StorageException if that fails, if commits have been lost, or if the database is from a
   *     newer version
   */
  public static Database open(Path file) {
    return open(file, step -> {});
  }

  /**
   * Opens the SQLite database in {@code file}, like {@link #open(Path)}.
   *
   * @param migrating receives a text for the operator before the tables are migrated
   */
  public static Database open(Path file, Consumer<String> migrating) {
    return open(new Sqlite(file), migrating);
  }

  /**
   * Opens a database of a PostgreSQL server; creates or migrates its tables if necessary.
   *
   * @throws StorageException if that fails, if the server may lose commits, if the tables are from
   *     a newer version, or if a tower of an older version is watching with them
   */
  public static Database open(PostgresAddress address) {
    return open(address, step -> {});
  }

  /**
   * Opens a database of a PostgreSQL server, like {@link #open(PostgresAddress)}.
   *
   * @param migrating receives a text for the operator before the tables are migrated
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
      Jdbi writing = engine.writerJdbi(writer).define(LOCK, engine.lock());
      CommitWork work = engine.commitWork(writing);
      opened.add(work);
      Database database = new Database(engine, health, writer, readers, writing, work);
      opened.add(database);
      database.execute(handle -> {}); // this commit detects a disk that rejects writes
      return database;
    } catch (IOException | RuntimeException e) {
      opened.reversed().forEach(Database::closeQuietly);
      if (e instanceof StorageException known && known.isFatal()) {
        throw known;
      }
      if (engine.isFullOnWrite(e)) {
        String advice = engine.advice(StorageFault.DISK_FULL);
        throw new StorageException(
            StorageFault.DISK_FULL, "the database cannot be written: " + advice, e);
      }
      throw health.translate("cannot open the database " + engine, e);
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      log.atDebug().addKeyValue("resource", resource).setCause(e).log("cannot close");
    }
  }

  /**
   * Runs {@code work}, which sees all committed data.
   *
   * @throws StorageException if the read fails
   */
  public <T> T read(Function<Handle, T> work) {
    try {
      return engine.readsInTransactions()
          ? reading.inTransaction(work::apply)
          : reading.withHandle(work::apply);
    } catch (JdbiException e) {
      throw health.translate("cannot read the database", e);
    }
  }

  /**
   * Runs {@code work} in a transaction. Blocks until it is committed and on disk. If {@code work}
   * throws, everything it did is rolled back and its exception is thrown here.
   *
   * @throws StorageException if the database fails
   */
  public <T> T write(Function<Handle, T> work) {
    return commits.write(work);
  }

  /**
   * Runs {@code work}, which has no result, like {@link #write(Function)}.
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
   * Runs {@code work} for {@code item}, in one batch with the items that other callers write with
   * the same {@code work} at that time. Blocks until it is committed and on disk.
   *
   * @throws StorageException if the database fails
   */
  public <I, O> O write(BatchedWrite<I, O> work, I item) {
    return commits.write(work, item);
  }

  /**
   * Returns an SQL aggregate: the values of a binary column in hex, concatenated in the order of
   * the rows.
   */
  public String hexOfAll(String column) {
    return engine.hexOfAll(column);
  }

  /** Returns whether other processes may write the database. */
  public boolean isShared() {
    return engine instanceof Postgres;
  }

  /**
   * Returns the lease of the watching process; empty if no other process can write the database.
   */
  public Optional<Lease> lease() {
    if (engine instanceof Postgres postgres && work instanceof Fence fence) {
      HikariDataSource source = postgres.lease();
      Jdbi jdbi = Jdbi.create(source).define(LOCK, engine.lock());
      return Optional.of(new Lease(source, jdbi, health, fence));
    }
    return Optional.empty();
  }

  /**
   * Registers a listener for the first fault, after which nothing is written and the tower has to
   * stop. It is called in the thread that met the fault and must not block.
   */
  public void onFault(Consumer<StorageException> listener) {
    health.onFault(listener);
  }

  /** Releases the reserve of {@code space} when a write finds the disk full. */
  public void reserve(DiskSpace space) {
    health.onDiskFull(space::release);
  }

  /**
   * Returns the bytes that the database takes on disk, with its log; empty if the engine does not
   * report them.
   */
  public OptionalLong size() {
    return read(engine::size);
  }

  /**
   * Registers a listener for the duration of each commit until it is on disk, in nanoseconds. It is
   * called by the thread that all writers wait for.
   */
  public void onCommit(LongConsumer listener) {
    commits.onCommit(listener);
  }

  /** Finishes pending writes and closes the database. */
  @Override
  public void close() {
    commits.close();
    readers.close();
    writer.close();
    work.close();
  }
}
