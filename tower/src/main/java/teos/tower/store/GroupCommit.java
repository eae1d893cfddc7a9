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
 */
final class GroupCommit implements AutoCloseable {

  private static final int MAX_GROUP = 512;

  private final Jdbi jdbi;
  private final LinkedBlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private boolean closed;

  GroupCommit(Jdbi jdbi) {
    this.jdbi = jdbi;
    this.thread = Thread.ofPlatform().name("group-commit").daemon().start(this::run);
  }

  private static final class Write<T> {
    final Function<Handle, T> work;
    final CompletableFuture<T> done = new CompletableFuture<>();
    private Runnable settle = () -> {};

    Write(Function<Handle, T> work) {
      this.work = work;
    }

    /** Does the work within the shared transaction; what came of it is told by {@link #tell}. */
    void perform(Handle handle) {
      handle.savepoint("w");
      try {
        T result = work.apply(handle);
        handle.releaseSavepoint("w");
        settle = () -> done.complete(result);
      } catch (RuntimeException e) {
        handle.rollbackToSavepoint("w");
        settle = () -> done.completeExceptionally(e);
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
        case JdbiException failure ->
            new StorageException("cannot write to the database: " + failure.getMessage(), failure);
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
      jdbi.useTransaction(handle -> group.forEach(write -> write.perform(handle)));
    } catch (RuntimeException | Error e) {
      group.forEach(write -> write.done.completeExceptionally(e));
      return;
    }
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
