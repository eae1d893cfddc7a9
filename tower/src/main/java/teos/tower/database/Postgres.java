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
 * Database of a PostgreSQL server, which several processes may write. It runs READ COMMITTED; rows
 * that a write depends on are locked until its commit ({@link #lock}).
 *
 * <p>While the server is unavailable, writes fail and callers retry. If the connection is lost
 * during a commit, the outcome is unknown: the write is reported as failed, and its caller repeats
 * it.
 */
record Postgres(PostgresAddress address) implements StorageEngine {

  private static final int READERS = 8;

  /** Rows fetched at a time; each may have a blob of some KiB. */
  private static final int FETCH_SIZE = 500;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Time without an answer after which a connection counts as lost. */
  private static final Duration SOCKET_TIMEOUT = Duration.ofMinutes(1);

  /** Socket timeout for the lease, which another process takes over while this one waits. */
  private static final Duration LEASE_SOCKET_TIMEOUT = Duration.ofSeconds(2);

  /**
   * Releases the locks of a process that stalls in the middle of a write. {@code
   * synchronous_commit} stays as the server has it.
   */
  private static final String SESSION_SETTINGS = "SET idle_in_transaction_session_timeout = 5000";

  /** SQLSTATEs serialization_failure and deadlock_detected. */
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

  /** SQLSTATEs data_corrupted and index_corrupted. */
  private static final Set<String> CORRUPTION = Set.of("XX001", "XX002");

  /**
   * SQLSTATE classes connection exception, operator intervention (such as a shutdown) and system
   * error.
   */
  private static final Set<String> CONNECTION_LOST = Set.of("08", "57", "58");

  private static final String IN_FAILED_TRANSACTION = "25P02";

  /**
   * Selects server settings with which a crash of the server may lose commits that users hold
   * receipts for.
   */
  private static final String UNSAFE_SETTINGS =
      "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
          + " 'synchronous_commit') AND setting = 'off' ORDER BY name";

  @Override
  public void inspect() {
    try (Connection connection = source().getConnection();
        PreparedStatement statement = connection.prepareStatement(UNSAFE_SETTINGS);
        ResultSet rows = statement.executeQuery()) {
      if (rows.next()) {
        String setting = rows.getString(1);
        throw new StorageException(
            StorageFault.NOT_DURABLE,
            "the database server of "
                + address
                + " has "
                + setting
                + "=off, so a crash may"
                + " lose commits that users hold receipts for: "
                + advice(StorageFault.NOT_DURABLE),
            null);
      }
    } catch (SQLException e) {
      throw new StorageException("cannot open the database " + address + ": " + e.getMessage(), e);
    }
  }

  private PGSimpleDataSource source() {
    return source(SOCKET_TIMEOUT);
  }

  private PGSimpleDataSource source(Duration socketTimeout) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setApplicationName("teosd");
    source.setReWriteBatchedInserts(true);
    source.setDefaultRowFetchSize(FETCH_SIZE);
    source.setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toSeconds()));
    source.setSocketTimeout(Math.toIntExact(socketTimeout.toSeconds()));
    source.setTcpKeepAlive(true);
    source.setUrl(address.url()); // may override these settings
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

  /** Returns a pool of one connection for the lease; works while the server is unavailable. */
  HikariDataSource lease() {
    HikariConfig config = config("lease", 1, source(LEASE_SOCKET_TIMEOUT));
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  @Override
  public DataSource migrationSource(HikariDataSource writer) {
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
    config.setConnectionInitSql(SESSION_SETTINGS);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    return config;
  }

  /**
   * Does not count commits: several processes would wait for each other, and the server keeps its
   * own log.
   */
  @Override
  public Jdbi writerJdbi(HikariDataSource writer) {
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
  public String hexOfAll(String column) {
    return "STRING_AGG(ENCODE(%1$s, 'hex'), '' ORDER BY %1$s)".formatted(column);
  }

  /** Returns empty for servers that speak PostgreSQL's protocol but lack the function. */
  @Override
  public OptionalLong size(Handle handle) {
    boolean hasFunction =
        handle
            .createQuery("SELECT EXISTS (SELECT 1 FROM pg_proc WHERE proname = 'pg_database_size')")
            .mapTo(Boolean.class)
            .one();
    return hasFunction
        ? OptionalLong.of(
            handle
                .createQuery("SELECT pg_database_size(current_database())")
                .mapTo(Long.class)
                .one())
        : OptionalLong.empty();
  }

  /** Returns true: outside a transaction the driver loads all rows into memory. */
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
    return CORRUPTION.contains(state(failure))
        ? Optional.of(StorageFault.DAMAGED)
        : Optional.empty();
  }

  /** Returns false: a server whose disk is full counts as unavailable and is retried. */
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
              + " again: see the server's log, and repair it or restore a good copy; see"
              + " docs/postgresql.md";
      case LEASE_LOST -> "this one stops; once restarted, it stands by";
      default -> "see the log of the database server of " + address;
    };
  }

  @Override
  public boolean endsTransaction(Throwable failure) {
    String state = state(failure);
    boolean connectionLost = state.length() == 5 && CONNECTION_LOST.contains(state.substring(0, 2));
    return connectionLost
        || isConflict(failure)
        || state.equals(IN_FAILED_TRANSACTION)
        || fault(failure).isPresent();
  }

  @Override
  public boolean isConflict(Throwable failure) {
    return CONFLICTS.contains(state(failure));
  }

  /** Returns the first SQLSTATE among the causes of {@code failure}; empty if there is none. */
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
