package teos.tower.database;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.StorageEngine.CommitWork;

/**
 * Runs concurrent writes in one shared transaction, and so with one sync to disk, which is the main
 * cost of a write. A write that fails does not affect the others: it has its own savepoint, or the
 * whole group is rolled back and each write is tried alone. While one transaction is synced (see
 * {@link CommitSyncer}), the next one is written.
 *
 * <p>A transaction that conflicts with another process's is retried. After a {@link StorageFault}
 * nothing is written.
 */
final class GroupCommit implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);
  private static final int MAX_GROUP = 512;
  private static final int MAX_TRIES = 20;

  /**
   * A transaction has a fixed cost, so that under load it pays to wait {@link #GATHER_NANOS} for
   * more writes: if the previous group had more than {@link #FEW_WRITES}, and while fewer than this
   * are queued.
   */
  private static final int ENOUGH_WRITES = 32;

  private static final int FEW_WRITES = 4;
  private static final long GATHER_NANOS = 500_000;

  private final Jdbi jdbi;
  private final StorageHealth health;
  private final StorageEngine engine;
  private final CommitWork work;
  private final CommitSyncer syncer;
  private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;

  /** Used by the thread only. */
  private @Nullable Handle writer;

  private boolean closed;

  GroupCommit(Jdbi jdbi, StorageHealth health, StorageEngine engine, CommitWork work) {
    this.jdbi = jdbi;
    this.health = health;
    this.engine = engine;
    this.work = work;
    this.syncer = new CommitSyncer(health, work);
    this.thread = Thread.ofPlatform().name("group-commit").daemon().start(this::run);
  }

  /** Write with the result that its caller waits for. */
  private abstract static sealed class Write<T> implements CommitSyncer.PendingWrite
      permits Single, Batched {
    final CompletableFuture<T> done = new CompletableFuture<>();
    private Runnable deliver = () -> {};

    /** Returns whether this write can be performed in one batch with {@code first}. */
    abstract boolean joins(Write<?> first);

    /** Performs {@code all}, which are this write and those that join it. */
    abstract void perform(Handle handle, List<Write<?>> all);

    void succeed(T result) {
      deliver = () -> done.complete(result);
    }

    void fail(RuntimeException failure) {
      deliver = () -> done.completeExceptionally(failure);
    }

    @Override
    public void onDurable() {
      deliver.run();
    }

    @Override
    public void onFailure(Throwable failure) {
      done.completeExceptionally(failure);
    }
  }

  private static final class Single<T> extends Write<T> {
    private final Function<Handle, T> work;

    Single(Function<Handle, T> work) {
      this.work = work;
    }

    @Override
    boolean joins(Write<?> first) {
      return false;
    }

    @Override
    void perform(Handle handle, List<Write<?>> all) {
      succeed(work.apply(handle));
    }
  }

  private static final class Batched<I, O> extends Write<O> {
    private final BatchedWrite<I, O> work;
    private final I item;

    Batched(BatchedWrite<I, O> work, I item) {
      this.work = work;
      this.item = item;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // batches are for the very same object
    boolean joins(Write<?> first) {
      return first instanceof Batched<?, ?> other && other.work == work;
    }

    @Override
    @SuppressWarnings("unchecked") // writes that join have the same work, hence the same types
    void perform(Handle handle, List<Write<?>> all) {
      List<Batched<I, O>> batch = all.stream().map(write -> (Batched<I, O>) write).toList();
      List<O> results = work.perform(handle, batch.stream().map(write -> write.item).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).succeed(results.get(i));
      }
    }
  }

  /** Registers a listener for the duration of each commit, in nanoseconds. */
  void onCommit(LongConsumer listener) {
    syncer.onCommit(listener);
  }

  <T> T write(Function<Handle, T> work) {
    return await(new Single<>(work));
  }

  <I, O> O write(BatchedWrite<I, O> work, I item) {
    return await(new Batched<>(work, item));
  }

  private <T> T await(Write<T> write) {
    synchronized (this) {
      if (closed) {
        throw new StorageException("the database is closed", new IllegalStateException());
      }
      queue.add(write);
    }
    try {
      return write.done.join();
    } catch (CompletionException e) {
      throw switch (e.getCause()) {
        case JdbiException failure -> health.translate(CommitSyncer.WRITE_FAILED, failure);
        case RuntimeException own -> own;
        case null, default -> e;
      };
    }
  }

  private void run() {
    List<Write<?>> group = new ArrayList<>();
    boolean last = false;
    int previousSize = 0;
    while (!last) {
      try {
        group.add(queue.take());
      } catch (InterruptedException e) {
        continue; // ignored: this thread ends when it takes CLOSE
      }
      if (previousSize > FEW_WRITES && queue.size() < ENOUGH_WRITES) {
        LockSupport.parkNanos(GATHER_NANOS);
      }
      queue.drainTo(group, MAX_GROUP - 1);
      previousSize = group.size();
      last = group.remove(CLOSE);
      commit(group);
      group.clear();
    }
    closeWriter();
  }

  private void commit(List<Write<?>> group) {
    if (group.isEmpty()) {
      return;
    }
    try {
      health.requireHealthy();
      Handle handle = writer();
      long performed = transact(handle, group);
      syncer.submit(
          new CommitSyncer.CommittedGroup(work.committed(), performed, List.copyOf(group)));
      work.afterSubmit(handle);
    } catch (RuntimeException | Error e) {
      closeWriter();
      syncer.fail(group, e);
    }
    if (!engine.keepsConnection()) {
      closeWriter();
    }
  }

  private Handle writer() {
    Handle handle = writer;
    if (handle == null) {
      handle = jdbi.open();
      writer = handle;
    }
    return handle;
  }

  private void closeWriter() {
    if (writer != null) {
      try {
        writer.close();
      } catch (RuntimeException e) {
        log.debug("cannot close the writer's connection", e);
      }
      writer = null;
    }
  }

  /** Performs the writes; returns when all but the commit was done, as {@link System#nanoTime}. */
  private long transact(Handle handle, List<Write<?>> group) {
    boolean asOne =
        group.size() > 1 && group.stream().allMatch(write -> write.joins(group.getFirst()));
    for (int tries = 1; ; tries++) {
      try {
        return transact(handle, group, asOne);
      } catch (RuntimeException e) {
        boolean conflict = e instanceof JdbiException known && engine.isConflict(known);
        if (tries == MAX_TRIES || !(conflict || (asOne && !engine.endsTransaction(e)))) {
          throw e;
        }
        asOne &= conflict;
      }
    }
  }

  /**
   * @param asOne whether to do without savepoints, which have a cost: if one write fails, all are
   *     rolled back
   */
  private long transact(Handle handle, List<Write<?>> group, boolean asOne) {
    return handle.inTransaction(
        transaction -> {
          if (asOne) {
            group.getFirst().perform(transaction, group);
          } else {
            perform(transaction, group);
          }
          work.beforeCommit(transaction);
          return System.nanoTime();
        });
  }

  private void perform(Handle handle, List<Write<?>> group) {
    for (int from = 0, to; from < group.size(); from = to) {
      to = from + 1;
      while (to < group.size() && group.get(to).joins(group.get(from))) {
        to++;
      }
      performTogether(handle, group.subList(from, to));
    }
  }

  /**
   * Performs {@code writes} as one batch; if that fails, tries each alone, as only one may be at
   * fault.
   */
  private void performTogether(Handle handle, List<Write<?>> writes) {
    handle.savepoint("w");
    try {
      writes.getFirst().perform(handle, writes);
      handle.releaseSavepoint("w");
    } catch (RuntimeException e) {
      if (engine.endsTransaction(e)) {
        throw e;
      }
      rollBack(handle, e);
      if (writes.size() == 1) {
        writes.getFirst().fail(e);
      } else {
        writes.forEach(write -> performTogether(handle, List.of(write)));
      }
    }
  }

  private static void rollBack(Handle handle, RuntimeException cause) {
    try {
      handle.rollbackToSavepoint("w");
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
      throw cause;
    }
  }

  private static final Write<?> CLOSE = new Single<>(handle -> true);

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      queue.add(CLOSE);
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    syncer.close();
  }
}
