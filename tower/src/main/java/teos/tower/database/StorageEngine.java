package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What is specific to one kind of database. {@code toString} is its name in messages. */
sealed interface StorageEngine permits Sqlite, Postgres {

  /**
   * Checks the existing database before anything is written.
   *
   * @throws StorageException if it must not be used
   */
  void inspect() throws IOException;

  /** Returns a pool of one connection, which does all writes. */
  HikariDataSource writer();

  /**
   * Returns the source for Flyway, which may need more than the one connection of {@code writer}.
   */
  DataSource migrationSource(HikariDataSource writer);

  /** Returns the pool for reads. */
  HikariDataSource readers();

  /** Returns the Jdbi for all writes, on {@code writer}'s connection. */
  Jdbi writerJdbi(HikariDataSource writer);

  /**
   * Returns whether the writer keeps its connection; one that is returned to the pool between
   * writes is validated there.
   */
  boolean keepsConnection();

  /** Returns the work that goes with each commit of {@code writing}. */
  CommitWork commitWork(Jdbi writing) throws IOException;

  /**
   * Returns the end of a SELECT within a write that locks its rows against other writers until the
   * commit.
   */
  String lock();

  /**
   * Returns an aggregate: the hex of all rows' {@code column} in one text, in the order of the
   * rows.
   */
  String hexOfAll(String column);

  /**
   * Returns the bytes that the database takes, with its log; empty if the engine does not report
   * them.
   */
  OptionalLong size(Handle handle);

  /** Returns whether reads need a transaction so that rows are fetched in batches. */
  boolean readsInTransactions();

  /** Returns the fault behind {@code failure}; empty if retrying may help. */
  Optional<StorageFault> fault(Throwable failure);

  /** Returns whether {@code failure} was caused by a full disk and the stored data is intact. */
  boolean isFullOnWrite(Throwable failure);

  /** Returns what is wrong and how to fix it, for the operator. */
  String advice(StorageFault fault);

  /**
   * Returns whether {@code failure} has ended the transaction, so that all of it is rolled back.
   */
  boolean endsTransaction(Throwable failure);

  /** Returns whether the same transaction may succeed if it is retried at once. */
  boolean isConflict(Throwable failure);

  /** Work that an engine does with each commit. */
  interface CommitWork extends AutoCloseable {

    /** Called as the last step within each transaction. */
    void beforeCommit(Handle handle);

    /**
     * Called by the writer thread after a transaction has been committed.
     *
     * @return its number, which increases with each commit
     */
    long committed();

    /**
     * Syncs all transactions up to {@code number} to disk. Called by another thread, while the next
     * transaction is written, before the writers are notified.
     *
     * @throws StorageException if the transactions may not be on disk
     */
    void sync(long number);

    /** Called by the writer thread after it has handed a transaction over for the sync. */
    void afterSubmit(Handle writing);

    @Override
    void close();
  }
}
