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
 * Checkpoints SQLite's write-ahead log into the database file, which takes many scattered writes
 * and two syncs: in a dedicated thread, and not within the writer's commits as SQLite does by
 * default.
 *
 * <p>The log can restart only when it is checkpointed completely, and a busy writer keeps adding to
 * it. So, when the log is long, the thread checkpoints it and syncs the database, then checkpoints
 * the few pages added meanwhile; the writer itself checkpoints the rest. SQLite syncs then, which
 * takes longer the more is unsynced.
 *
 * <p>After a disk failure there are no checkpoints: the system discards data that it could not
 * sync, and only the log has it. The next start repeats the checkpoint.
 */
final class WalCheckpointer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WalCheckpointer.class);
  private static final String CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)";
  private static final String READ_STATE = "PRAGMA wal_checkpoint(NOOP)";

  /** Pages of 4 KiB in the log after which a checkpoint starts. */
  private static final long MIN_CHECKPOINT_PAGES = 4_000;

  /** Pages in the log after which it should restart. */
  private static final long MAX_WAL_PAGES = 16_000;

  private final Jdbi jdbi;
  private final Path database;
  private final FileChannel file;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean checkpointing;
  private volatile @Nullable Exception failure;

  /** Whether the writer must checkpoint the rest of the log. */
  private volatile boolean writerMustFinish;

  /**
   * @param pages pages in the log
   * @param checkpointed how many of them are in the database
   */
  private record WalState(long pages, long checkpointed) {
    long remaining() {
      return pages - checkpointed;
    }
  }

  private static final WalState EMPTY = new WalState(0, 0);

  /**
   * @param jdbi connection that only this object uses
   * @param database SQLite's file
   * @param file the same file, open
   */
  WalCheckpointer(Jdbi jdbi, Path database, FileChannel file) {
    this.jdbi = jdbi;
    this.database = database;
    this.file = file;
    this.thread = Thread.ofPlatform().name("checkpoints").daemon().start(this::run);
  }

  /**
   * Starts or completes a checkpoint if one is needed. The writer must call this after each commit,
   * with its connection.
   */
  void committed(Handle writer) {
    if (failure != null) {
      return;
    }
    if (writerMustFinish) {
      checkpoint(writer, CHECKPOINT);
      writerMustFinish = false;
      checkpointing = false;
    } else if (!checkpointing
        && checkpoint(writer, READ_STATE).remaining() >= MIN_CHECKPOINT_PAGES) {
      checkpointing = true;
      wake.release();
    }
  }

  private void run() {
    try {
      while (!closed) {
        wake.acquire();
        if (!closed) {
          checkpointAndSync();
        }
      }
    } catch (InterruptedException e) {
      log.debug("interrupted");
    }
  }

  private void checkpointAndSync() {
    try (Handle handle = jdbi.open()) {
      if (checkpoint(handle, CHECKPOINT).pages() >= MAX_WAL_PAGES) {
        file.force(false);
        checkpoint(handle, CHECKPOINT);
        writerMustFinish = true;
        return;
      }
    } catch (IOException e) {
      failure = e;
    } catch (JdbiException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot open the database for a checkpoint");
    }
    checkpointing = false;
  }

  private WalState checkpoint(Handle handle, String sql) {
    if (failure != null) {
      return EMPTY;
    }
    try (Query query = handle.createQuery(sql)) {
      return query
          .map((row, context) -> new WalState(row.getLong("log"), row.getLong("checkpointed")))
          .one();
    } catch (RuntimeException e) {
      log.atWarn().addKeyValue("reason", e.getMessage()).log("checkpoint failed");
      if (StorageFault.of(e, database).filter(fault -> fault != DISK_FULL).isPresent()) {
        failure = e;
      }
      return EMPTY;
    }
  }

  /**
   * Returns the failure of the disk, after which the whole log is kept. A full disk is not a
   * failure.
   */
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
