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
 * Lets writers that come at the same time share one transaction, and so one sync to disk, which is
 * what a write costs. One that fails takes none of its neighbours with it: it has a savepoint of
 * its own, or all are undone and each is tried alone. While one transaction is synced (see {@link
 * CommitSyncer}), the next one is written.
 *
 * <p>A transaction that another process's has come across is begun anew. After a {@link
 * StorageFault} there are no more.
 */
final class GroupCommit implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);
  private static final int MAX_GROUP = 512;
  private static final int MOST_TRIES = 20;

  /**
   * A transaction has a price of its own, and under load it is worth a moment of waiting to have
   * more writes in one: if there were more than a few in the one before, and as long as there are
   * not so many.
   */
  private static final int WORTHWHILE = 32;

  private static final int FEW = 4;
  private static final long PATIENCE_NANOS = 500_000;

  private final Jdbi jdbi;
  private final StorageHealth health;
  private final StorageEngine engine;
  private final CommitWork work;
  private final CommitSyncer syncs;
  private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;

  /** Touched by the thread only. */
  private @Nullable Handle writer;

  private boolean closed;

  GroupCommit(Jdbi jdbi, StorageHealth health, StorageEngine engine, CommitWork work) {
    this.jdbi = jdbi;
    this.health = health;
    this.engine = engine;
    this.work = work;
    this.syncs = new CommitSyncer(health, work);
    this.thread = Thread.ofPlatform().name("group-commit").daemon().start(this::run);
  }

  /** Something to be written, and whoever waits for it. */
  private abstract static sealed class Write<T> implements CommitSyncer.Waiting
      permits Single, Shared {
    final CompletableFuture<T> done = new CompletableFuture<>();
    private Runnable settle = () -> {};

    /** Whether it can be done in one go with {@code first}. */
    abstract boolean joins(Write<?> first);

    /** Does the work of {@code all}, which are this one and those that join it. */
    abstract void perform(Handle handle, List<Write<?>> all);

    void succeed(T result) {
      settle = () -> done.complete(result);
    }

    void fail(RuntimeException why) {
      settle = () -> done.completeExceptionally(why);
    }

    @Override
    public void tell() {
      settle.run();
    }

    @Override
    public void tellOf(Throwable failure) {
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

  private static final class Shared<I, O> extends Write<O> {
    private final BatchedWrite<I, O> work;
    private final I item;

    Shared(BatchedWrite<I, O> work, I item) {
      this.work = work;
      this.item = item;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same object, which knows its own tables
    boolean joins(Write<?> first) {
      return first instanceof Shared<?, ?> shared && shared.work == work;
    }

    @Override
    @SuppressWarnings("unchecked") // whatever joins this one has its work, and so its types
    void perform(Handle handle, List<Write<?>> all) {
      List<Shared<I, O>> shared = all.stream().map(write -> (Shared<I, O>) write).toList();
      List<O> results = work.perform(handle, shared.stream().map(write -> write.item).toList());
      for (int i = 0; i < shared.size(); i++) {
        shared.get(i).succeed(results.get(i));
      }
    }
  }

  /** Has {@code listener} told how long each commit took, nanoseconds. */
  void onCommit(LongConsumer listener) {
    syncs.onCommit(listener);
  }

  <T> T write(Function<Handle, T> work) {
    return await(new Single<>(work));
  }

  <I, O> O write(BatchedWrite<I, O> work, I item) {
    return await(new Shared<>(work, item));
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
        case JdbiException failure -> health.judge(CommitSyncer.WRITING, failure);
        case RuntimeException own -> own;
        case null, default -> e;
      };
    }
  }

  private void run() {
    List<Write<?>> group = new ArrayList<>();
    boolean last = false;
    int before = 0;
    while (!last) {
      try {
        group.add(queue.take());
      } catch (InterruptedException e) {
        continue; // nobody interrupts this thread to stop it: it stops by CLOSE
      }
      if (before > FEW && queue.size() < WORTHWHILE) {
        LockSupport.parkNanos(PATIENCE_NANOS);
      }
      queue.drainTo(group, MAX_GROUP - 1);
      before = group.size();
      last = group.remove(CLOSE);
      commit(group);
      group.clear();
    }
    release();
  }

  private void commit(List<Write<?>> group) {
    if (group.isEmpty()) {
      return;
    }
    try {
      health.require();
      Handle handle = writer();
      long performed = transact(handle, group);
      syncs.hand(new CommitSyncer.Committed(work.committed(), performed, List.copyOf(group)));
      work.tidy(handle);
    } catch (RuntimeException | Error e) {
      release();
      syncs.fail(group, e);
    }
    if (!engine.keepsConnection()) {
      release();
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

  private void release() {
    if (writer != null) {
      try {
        writer.close();
      } catch (RuntimeException e) {
        log.debug("cannot close the writer's connection", e);
      }
      writer = null;
    }
  }

  /** When all was done but the commit, by {@link System#nanoTime}. */
  private long transact(Handle handle, List<Write<?>> group) {
    boolean asOne =
        group.size() > 1 && group.stream().allMatch(write -> write.joins(group.getFirst()));
    for (int tries = 1; ; tries++) {
      try {
        return transact(handle, group, asOne);
      } catch (RuntimeException e) {
        boolean conflict = e instanceof JdbiException known && engine.isConflict(known);
        if (tries == MOST_TRIES || !(conflict || (asOne && !engine.endsTransaction(e)))) {
          throw e;
        }
        asOne &= conflict;
      }
    }
  }

  /**
   * @param asOne without savepoints, which have their price: if one fails, all of it is undone
   */
  private long transact(Handle handle, List<Write<?>> group, boolean asOne) {
    return handle.inTransaction(
        transaction -> {
          if (asOne) {
            group.getFirst().perform(transaction, group);
          } else {
            perform(transaction, group);
          }
          work.within(transaction);
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

  /** If they fail together, each is tried alone: one of them need not be its neighbours' fault. */
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

  private static void rollBack(Handle handle, RuntimeException why) {
    try {
      handle.rollbackToSavepoint("w");
    } catch (RuntimeException e) {
      why.addSuppressed(e);
      throw why;
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
    syncs.close();
  }
}
