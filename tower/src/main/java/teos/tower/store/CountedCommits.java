package teos.tower.store;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Has each transaction of SQLite's count itself, see {@link CommitMark}, and moves its log on. */
final class CountedCommits implements StorageEngine.CommitWork {

  private final CommitMark mark;
  private final HikariDataSource mover;
  private final Checkpoints checkpoints;

  /** The last commit's number. */
  private long number;

  /**
   * @param wal SQLite's write-ahead log
   * @param mover a connection of the checkpoints' own
   */
  CountedCommits(Path wal, Jdbi writing, CommitMark mark, HikariDataSource mover) {
    this.mark = mark;
    this.mover = mover;
    this.number = writing.withHandle(CountedCommits::storedNumber);
    this.checkpoints = new Checkpoints(wal, Jdbi.create(mover), writing);
  }

  /** The number of the last commit that the database has. */
  static long storedNumber(Handle handle) {
    return handle.createQuery("SELECT number FROM commits").mapTo(Long.class).one();
  }

  @Override
  public void within(Handle handle) {
    handle.execute("UPDATE commits SET number = ?", number + 1);
  }

  @Override
  public void committed() {
    number++;
    mark.write(number);
  }

  @Override
  public void told(int writes) {
    checkpoints.committed(writes);
  }

  @Override
  public void close() {
    checkpoints.close();
    mover.close();
    mark.close();
  }
}
