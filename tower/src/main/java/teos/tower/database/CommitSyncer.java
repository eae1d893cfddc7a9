package teos.tower.database;

import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.JdbiException;
import teos.tower.database.StorageEngine.CommitWork;

/**
 * Waits in a thread of its own until transactions are on disk, and tells those who wait for them:
 * never before. Meanwhile the next transaction is written; it is taken up here when this one is
 * done.
 */
final class CommitSyncer implements AutoCloseable {

  static final String WRITING = "cannot write to the database";

  private final StorageHealth health;
  private final CommitWork work;
  private final SynchronousQueue<Committed> next = new SynchronousQueue<>();
  private final Thread thread;
  private volatile LongConsumer onCommit = nanos -> {};

  /** Whoever has written something. */
  interface Waiting {
    /** It is on disk. */
    void tell();

    /** It is not, or may not be. */
    void tellOf(Throwable failure);
  }

  /**
   * A transaction that has been committed.
   *
   * @param performed when all was done but the commit, by {@link System#nanoTime}
   */
  record Committed(long number, long performed, List<? extends Waiting> writers) {}

  private static final Committed LAST = new Committed(0, 0, List.of());

  CommitSyncer(StorageHealth health, CommitWork work) {
    this.health = health;
    this.work = work;
    this.thread = Thread.ofPlatform().name("syncs").daemon().start(this::run);
  }

  /** Has {@code listener} told how long each commit took, until it was on disk, nanoseconds. */
  void onCommit(LongConsumer listener) {
    onCommit = listener;
  }

  /** Takes {@code committed} over; waits for so long as the one before is being synced. */
  void hand(Committed committed) {
    boolean interrupted = false;
    while (true) {
      try {
        next.put(committed);
        break;
      } catch (InterruptedException e) {
        interrupted = true; // somebody waits for it all the same
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("ReferenceEquality") // LAST is one object
  private void run() {
    while (true) {
      try {
        Committed committed = next.take();
        if (committed == LAST) {
          return;
        }
        sync(committed);
      } catch (InterruptedException e) {
        // nobody interrupts this thread to stop it: it stops by LAST
      }
    }
  }

  private void sync(Committed committed) {
    try {
      health.require(); // after a sync that has failed, another may say nothing of it
      work.sync(committed.number());
      onCommit.accept(System.nanoTime() - committed.performed());
    } catch (RuntimeException | Error e) {
      fail(committed.writers(), e);
      return;
    }
    committed.writers().forEach(Waiting::tell);
  }

  /** Tells {@code writers} that nothing has come of it. */
  void fail(List<? extends Waiting> writers, Throwable e) {
    boolean lost = e instanceof StorageException known && known.isFatal() && health.isWell();
    Throwable told = lost || e instanceof JdbiException ? health.judge(WRITING, e) : e;
    writers.forEach(writer -> writer.tellOf(told));
  }

  /** Stops when all has been synced that was handed over. */
  @Override
  public void close() {
    hand(LAST);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
