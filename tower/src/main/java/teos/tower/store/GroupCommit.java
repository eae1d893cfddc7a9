package teos.tower.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Lets writers that come at the same time share one transaction, and so one sync to disk, which is
 * what a write costs. Each has a savepoint of its own: one that fails takes none of its neighbours
 * with it. None is told of success before the sync.
 *
 * <p>Each transaction counts itself, see {@link CommitMark}. After a {@link StorageFault} there are
 * no more.
 */
final class GroupCommit implements AutoCloseable {

  private static final int MAX_GROUP = 512;
  private static final String WRITING = "cannot write to the database";

  private final Jdbi jdbi;
  private final StorageHealth health;
  private final CommitMark mark;
  private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private boolean closed;

  /** The last commit's number. */
  private long number;

  GroupCommit(Jdbi jdbi, StorageHealth health, CommitMark mark) {
    this.jdbi = jdbi;
    this.health = health;
    this.mark = mark;
    this.number = jdbi.withHandle(GroupCommit::storedNumber);
    this.thread = Thread.ofPlatform().name("group-commit").daemon().start(this::run);
  }

  /** The number of the last commit that the database has. */
  static long storedNumber(Handle handle) {
    return handle.createQuery("SELECT number FROM commits").mapTo(Long.class).one();
  }

  private static final class Write<T> {
    final Function<Handle, T> work;
    final CompletableFuture<T> done = new CompletableFuture<>();
    private Runnable settle = () -> {};

    Write(Function<Handle, T> work) {
      this.work = work;
    }

    /**
     * Does the work within the shared transaction; what came of it is told by {@link #tell}. After a
     * fault there may be no transaction any more, nor a savepoint to go back to.
     */
    void perform(Handle handle, StorageHealth health) {
      handle.savepoint("w");
      try {
        T result = work.apply(handle);
        handle.releaseSavepoint("w");
        settle = () -> done.complete(result);
      } catch (RuntimeException e) {
        if (health.isFault(e)) {
          throw e;
        }
        rollBack(handle, e);
        settle = () -> done.completeExceptionally(e);
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

    void tell() {
      settle.run();
    }
  }

  <T> T write(Function<Handle, T> work) {
    Write<T> write = new Write<>(work);
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
    long next = number + 1;
    try {
      health.require();
      jdbi.useTransaction(
          handle -> {
            group.forEach(write -> write.perform(handle, health));
            handle.execute("UPDATE commits SET number = ?", next);
          });
    } catch (RuntimeException | Error e) {
      Throwable told = e instanceof JdbiException ? health.judge(WRITING, e) : e;
      group.forEach(write -> write.done.completeExceptionally(told));
      return;
    }
    number = next;
    mark.write(next);
    group.forEach(Write::tell);
  }

  private static final Write<?> CLOSE = new Write<>(handle -> null);

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
