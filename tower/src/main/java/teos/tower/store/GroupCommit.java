package teos.tower.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import teos.tower.store.StorageEngine.CommitWork;

/**
 * Lets writers that come at the same time share one transaction, and so one sync to disk, which is
 * what a write costs. Each has a savepoint of its own: one that fails takes none of its neighbours
 * with it. None is told of success before the sync.
 *
 * <p>A transaction that another process's has come across is begun anew. After a {@link StorageFault}
 * there are no more.
 */
final class GroupCommit implements AutoCloseable {

  private static final int MAX_GROUP = 512;
  private static final int MOST_TRIES = 20;
  private static final String WRITING = "cannot write to the database";

  private final Jdbi jdbi;
  private final StorageHealth health;
  private final StorageEngine engine;
  private final CommitWork work;
  private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile LongConsumer onCommit = nanos -> {};
  private boolean closed;

  GroupCommit(Jdbi jdbi, StorageHealth health, StorageEngine engine, CommitWork work) {
    this.jdbi = jdbi;
    this.health = health;
    this.engine = engine;
    this.work = work;
    this.thread = Thread.ofPlatform().name("group-commit").daemon().start(this::run);
  }

  /** Something to be written, and whoever waits for it. */
  private abstract static sealed class Write<T> permits Single, Shared {
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

    void tell() {
      settle.run();
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
    private final SharedWrite<I, O> work;
    private final I item;

    Shared(SharedWrite<I, O> work, I item) {
      this.work = work;
      this.item = item;
    }

    @Override
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
    onCommit = listener;
  }

  <T> T write(Function<Handle, T> work) {
    return await(new Single<>(work));
  }

  <I, O> O write(SharedWrite<I, O> work, I item) {
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
        case JdbiException failure -> health.judge(WRITING, failure);
        case RuntimeException own -> own;
        case null, default -> e;
      };
    }
  }

  private void run() {
    List<Write<?>> group = new ArrayList<>();
    boolean last = false;
    while (!last) {
      try {
        group.add(queue.take());
      } catch (InterruptedException e) {
        continue; // nobody interrupts this thread to stop it: it stops by CLOSE
      }
      queue.drainTo(group, MAX_GROUP - 1);
      last = group.remove(CLOSE);
      commit(group);
      group.clear();
    }
  }

  private void commit(List<Write<?>> group) {
    if (group.isEmpty()) {
      return;
    }
    try {
      health.require();
      long performed = transact(group);
      work.committed();
      onCommit.accept(System.nanoTime() - performed);
    } catch (RuntimeException | Error e) {
      boolean lost = e instanceof StorageException known && known.isFatal() && health.isWell();
      Throwable told = lost || e instanceof JdbiException ? health.judge(WRITING, e) : e;
      group.forEach(write -> write.done.completeExceptionally(told));
      return;
    }
    group.forEach(Write::tell);
    work.told(group.size());
  }

  /** When all was done but the commit, by {@link System#nanoTime}. */
  private long transact(List<Write<?>> group) {
    for (int tries = 1; ; tries++) {
      try {
        return jdbi.inTransaction(
            handle -> {
              perform(handle, group);
              work.within(handle);
              return System.nanoTime();
            });
      } catch (JdbiException e) {
        if (tries == MOST_TRIES || !engine.isConflict(e)) {
          throw e;
        }
      }
    }
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

  private static final Write<?> CLOSE = new Single<>(handle -> null);

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
  }
}
