package teos.tower.database;

import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.JdbiException;
import teos.tower.database.StorageEngine.CommitWork;

/**
 * Thread that syncs committed transactions to disk and only then reports success to their writers.
 * Meanwhile the writer thread prepares the next transaction and hands it over when the sync is
 * done.
 */
final class CommitSyncer implements AutoCloseable {

  static final String WRITE_FAILED = "cannot write to the database";

  private final StorageHealth health;
  private final CommitWork work;
  private final SynchronousQueue<CommittedGroup> next = new SynchronousQueue<>();
  private final Thread thread;
  private volatile LongConsumer onCommit = nanos -> {};

  /** Write whose caller waits until it is on disk. */
  interface PendingWrite {
    /** Called when the write is on disk. */
    void onDurable();

    /** Called when the write has failed or may not be on disk. */
    void onFailure(Throwable failure);
  }

  /**
   * Transaction that has been committed but not synced.
   *
   * @param number number of the commit
   * @param performedNanos when everything but the commit was done, by {@link System#nanoTime}
   * @param writers callers that are waiting for it
   */
  record CommittedGroup(long number, long performedNanos, List<? extends PendingWrite> writers) {}

  private static final CommittedGroup STOP = new CommittedGroup(0, 0, List.of());

  CommitSyncer(StorageHealth health, CommitWork work) {
    this.health = health;
    this.work = work;
    this.thread = Thread.ofPlatform().name("syncs").daemon().start(this::run);
  }

  /** Registers a listener for the duration of each commit until it is on disk, in nanoseconds. */
  void onCommit(LongConsumer listener) {
    onCommit = listener;
  }

  /** Hands {@code committed} over. Blocks while the previous transaction is being synced. */
  void submit(CommittedGroup committed) {
    boolean interrupted = false;
    while (true) {
      try {
        next.put(committed);
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the writers are waiting: hand it over anyway
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("ReferenceEquality") // STOP is one object
  private void run() {
    while (true) {
      try {
        CommittedGroup committed = next.take();
        if (committed == STOP) {
          return;
        }
        sync(committed);
      } catch (InterruptedException e) {
        // ignored: this thread ends when it takes STOP
      }
    }
  }

  private void sync(CommittedGroup committed) {
    try {
      health.requireHealthy(); // after a failed sync, another one may report success
      work.sync(committed.number());
      onCommit.accept(System.nanoTime() - committed.performedNanos());
    } catch (RuntimeException | Error e) {
      fail(committed.writers(), e);
      return;
    }
    committed.writers().forEach(PendingWrite::onDurable);
  }

  /** Reports the failure to {@code writers}. */
  void fail(List<? extends PendingWrite> writers, Throwable e) {
    boolean fatal = e instanceof StorageException known && known.isFatal() && health.isHealthy();
    Throwable reported =
        fatal || e instanceof JdbiException ? health.translate(WRITE_FAILED, e) : e;
    writers.forEach(writer -> writer.onFailure(reported));
  }

  /** Stops after everything that was handed over has been synced. */
  @Override
  public void close() {
    submit(STOP);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
