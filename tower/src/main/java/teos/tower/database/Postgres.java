package teos.tower.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server's database, which several processes may write: READ COMMITTED, and what a
 * write reads to go by is locked until its commit ({@link #lock}).
 *
 * <p>A server that is away is waited for. Whether what was being committed when it went away is
 * kept, nobody knows: it has failed for who wrote it, and is written again by who has to.
 */
record Postgres(PostgresAddress address) implements StorageEngine {

  private static final int READERS = 8;

  /** Rows that are fetched at a time; each may have a blob of some KiB. */
  private static final int ROWS_AT_A_TIME = 500;

  private static final Duration CONNECTING = Duration.ofSeconds(5);

  /** No answer for so long, and the connection counts as lost. */
  private static final Duration ANSWERING = Duration.ofMinutes(1);

  /** The same for the lease, which another takes over while this one waits. */
  private static final Duration RENEWING = Duration.ofSeconds(2);

  /**
   * A process that stops in the middle of a write lets go of its locks after this. {@code
   * synchronous_commit} is as the server has it.
   */
  private static final String SESSION = "SET idle_in_transaction_session_timeout = 5000";

  /** serialization_failure, deadlock_detected. */
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

  /** data_corrupted, index_corrupted. */
  private static final Set<String> DAMAGES = Set.of("XX001", "XX002");

  /** Classes: connection exception, operator intervention (such as a shutdown), system error. */
  private static final Set<String> LOST = Set.of("08", "57", "58");

  private static final String IN_FAILED_TRANSACTION = "25P02";

  /** What a server may be set to that makes receipts worthless after a crash of it. */
  private static final String UNSAFE =
      "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
          + " 'synchronous_commit') AND setting = 'off' ORDER BY name";

  @Override
  public void inspect() {
    try (Connection connection = source().getConnection();
        PreparedStatement statement = connection.prepareStatement(UNSAFE);
        ResultSet rows = statement.executeQuery()) {
      if (rows.next()) {
        String setting = rows.getString(1);
        throw new StorageException(
            StorageFault.NOT_DURABLE,
            "the database server of "
                + address
                + " is set to "
                + setting
                + "=off, so that it may"
                + " lose what it has committed, and users hold receipts for that: "
                + advice(StorageFault.NOT_DURABLE),
            null);
      }
    } catch (SQLException e) {
      throw new StorageException("cannot open the database " + address + ": " + e.getMessage(), e);
    }
  }

  private PGSimpleDataSource source() {
    return source(ANSWERING);
  }

  private PGSimpleDataSource source(Duration answering) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setApplicationName("teosd");
    source.setReWriteBatchedInserts(true);
    source.setDefaultRowFetchSize(ROWS_AT_A_TIME);
    source.setConnectTimeout(Math.toIntExact(CONNECTING.toSeconds()));
    source.setSocketTimeout(Math.toIntExact(answering.toSeconds()));
    source.setTcpKeepAlive(true);
    source.setUrl(address.url()); // may say otherwise
    if (!address.user().isEmpty()) {
      source.setUser(address.user());
    }
    if (!address.password().isEmpty()) {
      source.setPassword(address.password());
    }
    return source;
  }

  @Override
  public HikariDataSource writer() {
    return pool("writer", 1, source());
  }

  /** A pool of one connection for the lease; made also while the server is away. */
  HikariDataSource lease() {
    HikariConfig config = config("lease", 1, source(RENEWING));
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  @Override
  public DataSource migrating(HikariDataSource writer) {
    return source();
  }

  @Override
  public HikariDataSource readers() {
    return pool("reader", READERS, source());
  }

  private static HikariDataSource pool(String name, int size, DataSource source) {
    return new HikariDataSource(config(name, size, source));
  }

  private static HikariConfig config(String name, int size, DataSource source) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setConnectionInitSql(SESSION);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECTING.toMillis());
    return config;
  }

  /**
   * They are not counted: several processes would wait for each other, and a server keeps its log.
   */
  @Override
  public Jdbi writing(HikariDataSource writer) {
    return Jdbi.create(writer);
  }

  @Override
  public boolean keepsConnection() {
    return false;
  }

  @Override
  public CommitWork commitWork(Jdbi writing) {
    return new Fence();
  }

  @Override
  public String lock() {
    return " FOR UPDATE";
  }

  @Override
  public String allLocators() {
    return "STRING_AGG(ENCODE(locator, 'hex'), '' ORDER BY locator)";
  }

  /** An engine that speaks PostgreSQL's protocol need not have the function. */
  @Override
  public OptionalLong size(Handle handle) {
    boolean tells =
        handle
            .createQuery("SELECT EXISTS (SELECT 1 FROM pg_proc WHERE proname = 'pg_database_size')")
            .mapTo(Boolean.class)
            .one();
    return tells
        ? OptionalLong.of(
            handle
                .createQuery("SELECT pg_database_size(current_database())")
                .mapTo(Long.class)
                .one())
        : OptionalLong.empty();
  }

  /** Outside of one, the driver takes all rows into memory. */
  @Override
  public boolean readsInTransactions() {
    return true;
  }

  @Override
  public Optional<StorageFault> fault(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException known) {
        return known.fault();
      }
    }
    return DAMAGES.contains(state(failure)) ? Optional.of(StorageFault.DAMAGED) : Optional.empty();
  }

  /** A server that is full is waited for, like one that is away. */
  @Override
  public boolean isFullOnWrite(Throwable failure) {
    return false;
  }

  @Override
  public String advice(StorageFault fault) {
    return switch (fault) {
      case NOT_DURABLE ->
          "set it to on in postgresql.conf (or for this user or database, ALTER ROLE, ALTER"
              + " DATABASE), reload the server, and start the tower again";
      case DAMAGED ->
          "the database server finds that "
              + address
              + " is damaged. Do not start the tower on it"
              + " again: see the server's log, and mend it or go back to a good copy; see"
              + " docs/postgresql.md";
      case LEASE_LOST -> "this one ends; started again, it stands by";
      default -> "see the log of the database server of " + address;
    };
  }

  @Override
  public boolean endsTransaction(Throwable failure) {
    String state = state(failure);
    boolean lost = state.length() == 5 && LOST.contains(state.substring(0, 2));
    return lost
        || isConflict(failure)
        || state.equals(IN_FAILED_TRANSACTION)
        || fault(failure).isPresent();
  }

  @Override
  public boolean isConflict(Throwable failure) {
    return CONFLICTS.contains(state(failure));
  }

  /** The first SQLSTATE behind {@code failure}; empty if there is none. */
  private static String state(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return "";
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
