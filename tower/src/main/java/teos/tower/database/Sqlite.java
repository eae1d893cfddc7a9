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
 * SQLite file in WAL mode, written by one process. A transaction is confirmed only when it is on
 * disk (see {@link SqliteCommitWork}), so that it survives a crash of the program, the system or
 * the power supply.
 */
record Sqlite(Path file) implements StorageEngine {

  private static final int READERS = 4;
  private static final int BUSY_TIMEOUT_MILLIS = 30_000;

  /** Cache sizes for {@code PRAGMA cache_size}: negative values are in KiB. */
  private static final int WRITER_CACHE = -8 * 1024;

  private static final int READER_CACHE = -2 * 1024;

  /** Connections do no checkpoints by themselves: {@link WalCheckpointer} does them. */
  private static final String DISABLE_AUTO_CHECKPOINT = "PRAGMA wal_autocheckpoint = 0";

  /**
   * Checks for lost commits without changing the rest of a truncated log. Reports a full disk
   * early, because SQLite may still have room for a small commit but none for the next one.
   */
  @Override
  public void inspect() throws IOException {
    requireLibrary();
    requireAllCommits();
    if (Files.exists(file) && StorageFault.isDiskFull(file)) {
      throw new StorageException(
          StorageFault.DISK_FULL,
          "the database cannot be written: " + StorageFault.DISK_FULL.advice(file),
          null);
    }
  }

  /**
   * Loads SQLite's native library; without it every connection would fail without stating a reason.
   */
  static void requireLibrary() {
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception e) { // the only exception that it declares
      throw new StorageException(
          StorageFault.CANNOT_OPEN,
          "cannot load SQLite's native library: "
              + e.getMessage()
              + ". If the package does not include it, it is unpacked into "
              + System.getProperty("java.io.tmpdir")
              + ", which must not be mounted noexec; TEOS_JAVA_OPTS=-Djava.io.tmpdir=FOLDER chooses"
              + " another folder",
          e);
    }
  }

  private void requireAllCommits() throws IOException {
    Path counterFile = CommitCounterFile.fileFor(file);
    long counted = CommitCounterFile.read(counterFile).orElse(0);
    if (counted == 0) {
      return;
    }
    long stored = Files.exists(file) ? storedCommits() : 0;
    if (stored < counted) {
      throw new StorageException(
          StorageFault.COMMITS_LOST,
          "the database "
              + file
              + " has lost "
              + (counted - stored)
              + " commits: its last is number "
              + stored
              + ", and "
              + counterFile
              + " says that there were "
              + counted
              + ". Its -wal file"
              + " was cut off or deleted, or an old copy was put in its place. Users may hold"
              + " receipts for what is missing: "
              + StorageFault.COMMITS_LOST.advice(file)
              + ". To accept the loss, delete "
              + counterFile
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

  /** Returns read-only access to the file, for callers that must not write it. */
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
  public DataSource migrationSource(HikariDataSource writer) {
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
    config.setConnectionInitSql(DISABLE_AUTO_CHECKPOINT);
    config.setMaximumPoolSize(size);
    config.setMaxLifetime(0); // connections to a file need no renewal
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
  public Jdbi writerJdbi(HikariDataSource writer) {
    return Jdbi.create(writer)
        .setStatementBuilderFactory(connection -> new PreparedStatementCache());
  }

  @Override
  public boolean keepsConnection() {
    return true;
  }

  @Override
  public CommitWork commitWork(Jdbi writing) throws IOException {
    CommitCounterFile counter = CommitCounterFile.open(CommitCounterFile.fileFor(file));
    HikariDataSource checkpointSource = pool("checkpoints", 1, READER_CACHE);
    return new SqliteCommitWork(file, writing, counter, checkpointSource);
  }

  /** Returns an empty string: the writer has the whole file. */
  @Override
  public String lock() {
    return "";
  }

  @Override
  public String hexOfAll(String column) {
    return "GROUP_CONCAT(HEX(%s), '')".formatted(column);
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

  /** A fault may have ended the transaction together with its savepoints. */
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
