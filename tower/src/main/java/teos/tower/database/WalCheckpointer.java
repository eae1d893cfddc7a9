package teos.tower.database;

import static teos.tower.database.StorageFault.DISK_FULL;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what has been committed from SQLite's write-ahead log into the database file, which costs
 * many writes all over it and two syncs: in a thread of its own, and not by the writer within a
 * commit, as SQLite does it by itself.
 *
 * <p>The log can begin anew only when nothing in it is left to be moved, and a busy writer always
 * has left something by then. So, when the log has become long, the thread moves what there is and
 * syncs the database, moves what has come meanwhile, which is little, and what comes after that the
 * writer moves itself: SQLite syncs then, which takes the longer the more has not been synced.
 *
 * <p>When the disk has failed, nothing is moved any more: the system forgets what it could not
 * sync, and only the log has it. It is moved anew at the next start.
 */
final class WalCheckpointer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WalCheckpointer.class);
  private static final String MOVE = "PRAGMA wal_checkpoint(PASSIVE)";
  private static final String LOOK = "PRAGMA wal_checkpoint(NOOP)";

  /** Pages in the log, of 4 KiB, that are let come together before they are moved. */
  private static final long PIECE = 4_000;

  /** Pages in the log after which it is to begin anew. */
  private static final long LONG = 16_000;

  private final Jdbi own;
  private final Path database;
  private final FileChannel file;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean moving;
  private volatile @Nullable Exception failure;

  /** Whether what is left in the log is the writer's to move. */
  private volatile boolean writersTurn;

  /**
   * @param pages in the log
   * @param moved of these
   */
  private record State(long pages, long moved) {
    long left() {
      return pages - moved;
    }
  }

  private static final State NOTHING = new State(0, 0);

  /**
   * @param own a connection of this object's own
   * @param database its file
   * @param file the same, open
   */
  WalCheckpointer(Jdbi own, Path database, FileChannel file) {
    this.own = own;
    this.database = database;
    this.file = file;
    this.thread = Thread.ofPlatform().name("checkpoints").daemon().start(this::run);
  }

  /** To be called by the writer after each commit, with its connection. */
  void committed(Handle writer) {
    if (failure != null) {
      return;
    }
    if (writersTurn) {
      checkpoint(writer, MOVE);
      writersTurn = false;
      moving = false;
    } else if (!moving && checkpoint(writer, LOOK).left() >= PIECE) {
      moving = true;
      wake.release();
    }
  }

  private void run() {
    try {
      while (!closed) {
        wake.acquire();
        if (!closed) {
          move();
        }
      }
    } catch (InterruptedException e) {
      log.debug("interrupted");
    }
  }

  private void move() {
    try (Handle handle = own.open()) {
      if (checkpoint(handle, MOVE).pages() >= LONG) {
        file.force(false);
        checkpoint(handle, MOVE);
        writersTurn = true;
        return;
      }
    } catch (IOException e) {
      failure = e;
    } catch (JdbiException e) {
      log.warn("the database cannot be opened to move its log into it: {}", e.getMessage());
    }
    moving = false;
  }

  private State checkpoint(Handle handle, String sql) {
    if (failure != null) {
      return NOTHING;
    }
    try (Query query = handle.createQuery(sql)) {
      return query
          .map((row, context) -> new State(row.getLong("log"), row.getLong("checkpointed")))
          .one();
    } catch (RuntimeException e) {
      log.warn("the write-ahead log could not be moved into the database: {}", e.getMessage());
      if (StorageFault.of(e, database).filter(fault -> fault != DISK_FULL).isPresent()) {
        failure = e;
      }
      return NOTHING;
    }
  }

  /** What the disk has failed with: the log is whole all the same. A full one has not failed. */
  Optional<Exception> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void close() {
    closed = true;
    wake.release();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
