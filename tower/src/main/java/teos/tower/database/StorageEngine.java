package teos.tower.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What one kind of database has of its own. Its name for messages is its {@code toString}. */
sealed interface StorageEngine permits Sqlite, Postgres {

  /**
   * Looks at what there is before anything is written.
   *
   * @throws StorageException if it must not be used
   */
  void inspect() throws IOException;

  /** A pool of one connection, by which all is written. */
  HikariDataSource writer();

  /** What Flyway is to go by: it may want more than the one connection of {@code writer}. */
  DataSource migrating(HikariDataSource writer);

  /** A pool of those by which is read. */
  HikariDataSource readers();

  /** By which all is written, on {@code writer}'s connection. */
  Jdbi writing(HikariDataSource writer);

  /**
   * Whether the writer keeps its connection; one that is given back between writes is looked after.
   */
  boolean keepsConnection();

  /** What is to be done with each commit of {@code writing}. */
  CommitWork commitWork(Jdbi writing) throws IOException;

  /** At the end of a SELECT within a write: keeps others' writes off its rows until the commit. */
  String lock();

  /** An aggregate: the hex of all rows' locators in one text, in the order of the rows. */
  String allLocators();

  /** Bytes that it takes, with its log; empty if it does not say. */
  OptionalLong size(Handle handle);

  /** Whether reads need a transaction, for their rows to come in pieces. */
  boolean readsInTransactions();

  /** The fault behind {@code failure}; none if it may pass by itself. */
  Optional<StorageFault> fault(Throwable failure);

  /** Whether {@code failure} is of a full disk, and nothing of what is stored has come to harm. */
  boolean isFullOnWrite(Throwable failure);

  /** What is wrong, and what to do about it, for the operator. */
  String advice(StorageFault fault);

  /** Whether the transaction that {@code failure} came up in is gone, with all that it did. */
  boolean endsTransaction(Throwable failure);

  /** Whether the same transaction, begun anew at once, may well get through. */
  boolean isConflict(Throwable failure);

  /** What an engine has done with each commit. */
  interface CommitWork extends AutoCloseable {

    /** The last of what is in a transaction. */
    void within(Handle handle);

    /**
     * To be called when a transaction has been committed, by the thread that writes.
     *
     * @return its number, of one that grows
     */
    long committed();

    /**
     * Has all transactions up to that {@code number} on disk when it returns; called by another
     * thread, while the next transaction is being written, and before anybody is told.
     *
     * @throws StorageException if they may not be there after all
     */
    void sync(long number);

    /** To be called by the thread that writes, after it has handed on what is to be synced. */
    void tidy(Handle writing);

    @Override
    void close();
  }
}
