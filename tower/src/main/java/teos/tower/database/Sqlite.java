package teos.tower.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteJDBCLoader;

/**
 * A file, in WAL mode. Nobody is told of a transaction before it is on disk (see {@link
 * SqliteCommitWork}): it is there after a crash of the program, the system or the power. One
 * process writes it.
 */
record Sqlite(Path file) implements StorageEngine {

  private static final int READERS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 30_000;

  /** Negative: in KiB, as SQLite has it. */
  private static final int WRITER_CACHE = -8 * 1024;

  private static final int READER_CACHE = -2 * 1024;

  /** By themselves, for which there is {@link WalCheckpointer}. */
  private static final String NO_CHECKPOINTS = "PRAGMA wal_autocheckpoint = 0";

  /**
   * What is left of a log that was cut off is left as it is. A full disk is told of now: SQLite may
   * well find room for a small commit in what it has, and none for the next.
   */
  @Override
  public void inspect() throws IOException {
    requireLibrary();
    requireAllCommits();
    if (Files.exists(file) && StorageFault.isDiskFull(file)) {
      throw new StorageException(
          StorageFault.DISK_FULL, "cannot go on: " + StorageFault.DISK_FULL.advice(file), null);
    }
  }

  /** Loads SQLite itself, which is not Java; else every connection would fail without a reason. */
  static void requireLibrary() {
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception e) { // it declares no other
      throw new StorageException(
          StorageFault.CANNOT_OPEN,
          "cannot load SQLite's native library: "
              + e.getMessage()
              + ". Where the package does not"
              + " have it, it is unpacked into "
              + System.getProperty("java.io.tmpdir")
              + ", which must not be mounted noexec; TEOS_JAVA_OPTS=-Djava.io.tmpdir=FOLDER chooses"
              + " another folder",
          e);
    }
  }

  private void requireAllCommits() throws IOException {
    Path markFile = CommitCounterFile.fileFor(file);
    long marked = CommitCounterFile.read(markFile).orElse(0);
    if (marked == 0) {
      return;
    }
    long stored = Files.exists(file) ? storedCommits() : 0;
    if (stored < marked) {
      throw new StorageException(
          StorageFault.COMMITS_LOST,
          "the database "
              + file
              + " has lost "
              + (marked - stored)
              + " commits: its last is number "
              + stored
              + ", and "
              + markFile
              + " says that there were "
              + marked
              + ". Its -wal file"
              + " was cut off or deleted, or an old copy was put in its place. Users may hold"
              + " receipts for what is missing: "
              + StorageFault.COMMITS_LOST.advice(file)
              + ". To accept the loss, delete "
              + markFile
              + " and start the tower again",
          null);
    }
  }

  private long storedCommits() {
    return readOnly()
        .withHandle(
            handle ->
                handle
                        .createQuery("SELECT 1 FROM sqlite_master WHERE name = 'commits'")
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent()
                    ? SqliteCommitWork.storedNumber(handle)
                    : 0L);
  }

  @Override
  public OptionalLong size(Handle handle) {
    return OptionalLong.of(
        file.toFile().length()
            + file.resolveSibling(file.getFileName() + "-wal").toFile().length());
  }

  /** The file for those who must not write it. */
  Jdbi readOnly() {
    requireLibrary();
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    return Jdbi.create(source(config));
  }

  private SQLiteDataSource source(SQLiteConfig config) {
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  @Override
  public HikariDataSource writer() {
    return pool("writer", 1, WRITER_CACHE);
  }

  @Override
  public DataSource migrating(HikariDataSource writer) {
    return writer;
  }

  @Override
  public HikariDataSource readers() {
    return pool("reader", READERS, READER_CACHE);
  }

  private HikariDataSource pool(String name, int size, int cache) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source(cache));
    config.setConnectionInitSql(NO_CHECKPOINTS);
    config.setMaximumPoolSize(size);
    config.setMaxLifetime(0); // a file's connection does not age
    return new HikariDataSource(config);
  }

  private SQLiteDataSource source(int cache) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.NORMAL);
    config.setTransactionMode(TransactionMode.IMMEDIATE);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.setCacheSize(cache);
    return source(config);
  }

  @Override
  public Jdbi writing(HikariDataSource writer) {
    return Jdbi.create(writer)
        .setStatementBuilderFactory(connection -> new PreparedStatementCache());
  }

  @Override
  public boolean keepsConnection() {
    return true;
  }

  @Override
  public CommitWork commitWork(Jdbi writing) throws IOException {
    CommitCounterFile mark = CommitCounterFile.open(CommitCounterFile.fileFor(file));
    HikariDataSource mover = pool("checkpoints", 1, READER_CACHE);
    return new SqliteCommitWork(file, writing, mark, mover);
  }

  /** Nothing: whoever writes has the whole file. */
  @Override
  public String lock() {
    return "";
  }

  @Override
  public String allLocators() {
    return "GROUP_CONCAT(HEX(locator), '')";
  }

  @Override
  public boolean readsInTransactions() {
    return false;
  }

  @Override
  public Optional<StorageFault> fault(Throwable failure) {
    return StorageFault.of(failure, file);
  }

  @Override
  public boolean isFullOnWrite(Throwable failure) {
    return StorageFault.isFullOnWrite(failure);
  }

  @Override
  public String advice(StorageFault fault) {
    return fault.advice(file);
  }

  /** There may be no transaction any more after a fault, nor a savepoint to go back to. */
  @Override
  public boolean endsTransaction(Throwable failure) {
    return fault(failure).isPresent();
  }

  @Override
  public boolean isConflict(Throwable failure) {
    return false;
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
