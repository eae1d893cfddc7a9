package teos.tower.database;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database can still be relied on. The first {@link StorageFault} is the last word:
 * what a disk has taken after it has failed is not known (a second sync may well succeed, and what
 * the first one should have written be gone), so nothing more is given to it.
 *
 * <p>A PostgreSQL server sees to its disks itself, and what it has not committed it does not say it
 * has. One that is away is waited for, as bitcoind is: that is no fault.
 */
final class StorageHealth {

  private final StorageEngine engine;
  private @Nullable StorageException fault;
  private @Nullable Consumer<StorageException> listener;
  private volatile @Nullable Runnable onFull;

  StorageHealth(StorageEngine engine) {
    this.engine = engine;
  }

  /**
   * What {@code failure} of {@code doing} is to its caller; a fault is told to the listener. A full
   * disk is none: the reserve is released, and the same may work the next time.
   */
  StorageException judge(String doing, Throwable failure) {
    if (engine.isFullOnWrite(failure)) {
      Runnable release = onFull;
      if (release != null) {
        release.run();
      }
      return new StorageException(
          doing + ": the disk is full: free some space (" + failure.getMessage() + ")", failure);
    }
    StorageException judged =
        engine
            .fault(failure)
            .map(
                fault ->
                    new StorageException(
                        fault,
                        doing + ": " + engine.advice(fault) + " (" + failure.getMessage() + ")",
                        failure))
            .orElseGet(() -> new StorageException(doing + ": " + failure.getMessage(), failure));
    if (judged.isFatal()) {
      tell(judged);
    }
    return judged;
  }

  private void tell(StorageException first) {
    Consumer<StorageException> told;
    synchronized (this) {
      if (fault != null) {
        return;
      }
      fault = first;
      told = listener;
    }
    if (told != null) {
      told.accept(first);
    }
  }

  /** Has {@code release} run when a write has found the disk full. */
  void onDiskFull(Runnable release) {
    onFull = release;
  }

  /** Whether there has been no fault. */
  synchronized boolean isWell() {
    return fault == null;
  }

  /** Has {@code listener} told of the first fault; at once, if there has been one. */
  void onFault(Consumer<StorageException> listener) {
    StorageException before;
    synchronized (this) {
      this.listener = listener;
      before = fault;
    }
    if (before != null) {
      listener.accept(before);
    }
  }

  /**
   * Lets whoever wants to write go on.
   *
   * @throws StorageException if there has been a fault
   */
  synchronized void require() {
    if (fault != null) {
      throw new StorageException(
          fault.fault().orElseThrow(), String.valueOf(fault.getMessage()), fault);
    }
  }
}
