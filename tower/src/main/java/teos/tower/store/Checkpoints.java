package teos.tower.store;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what has been committed from SQLite's write-ahead log into the database file, which costs
 * many writes all over it and a sync: in a thread of its own, and not by the writer within a commit,
 * as SQLite does it by itself.
 *
 * <p>The log can begin anew only when nothing in it is left to be moved, and a busy writer always has
 * left something by then. So the writer moves that little itself, after the thread has moved the rest.
 */
final class Checkpoints implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);
  private static final String MOVE = "PRAGMA wal_checkpoint(PASSIVE)";

  /** Pages in the log, of 4 KiB, that are let come together. */
  private static final int PAGES = 1_000;

  /** The same in bytes: a transaction may be of very many pages, as an import's are. */
  private static final long BYTES = PAGES * 4_096L;

  private static final int PAGES_A_COMMIT = 4;
  private static final int PAGES_A_WRITE = 2;

  private final File wal;
  private final Jdbi own;
  private final Jdbi writer;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean moving;
  private volatile boolean moved;

  /** A guess at what is in the log; touched by the writer's thread only. */
  private int pages;

  /** The log's size when it was last moved. It is used again from its start, and does not shrink. */
  private long size;

  /**
   * @param wal the write-ahead log
   * @param own a connection of this object's own
   * @param writer the writer's connection, used in the writer's thread only
   */
  Checkpoints(Path wal, Jdbi own, Jdbi writer) {
    this.wal = wal.toFile();
    this.own = own;
    this.writer = writer;
    this.thread = Thread.ofPlatform().name("checkpoints").daemon().start(this::run);
  }

  /** To be called by the writer after each commit, of {@code writes} writes. */
  void committed(int writes) {
    pages += PAGES_A_COMMIT + PAGES_A_WRITE * writes;
    if (moved) {
      move(writer);
      moved = false;
      moving = false;
      pages = 0;
      size = wal.length();
    } else if (!moving && (pages >= PAGES || wal.length() >= size + BYTES)) {
      moving = true;
      wake.release();
    }
  }

  private void run() {
    try {
      while (!closed) {
        wake.acquire();
        if (!closed) {
          move(own);
          moved = true;
        }
      }
    } catch (InterruptedException e) {
      log.debug("interrupted");
    }
  }

  /** If it fails, so will the writer's next commit, which says so; the log is whole all the same. */
  private static void move(Jdbi jdbi) {
    try {
      jdbi.useHandle(handle -> handle.createQuery(MOVE).mapToMap().list());
    } catch (RuntimeException e) {
      log.warn("the write-ahead log could not be moved into the database: {}", e.getMessage());
    }
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
