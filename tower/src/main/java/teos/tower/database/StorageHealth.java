package teos.tower.database;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Health of the database. After the first {@link StorageFault} nothing is written: it is unknown
 * what a disk has stored after a failure (a second sync may succeed although the data of the first
 * is lost).
 *
 * <p>A PostgreSQL server handles its own disks and does not confirm commits that it has not made.
 * An unavailable server is not a fault: the tower retries, as with bitcoind.
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
   * Returns the exception for the caller of {@code doing}; a fault is recorded and reported to the
   * listener. A full disk is not a fault: the reserve is released, and a retry may succeed.
   */
  StorageException translate(String doing, Throwable failure) {
    if (engine.isFullOnWrite(failure)) {
      Runnable release = onFull;
      if (release != null) {
        release.run();
      }
      return new StorageException(
          doing + ": the disk is full: free some space (" + failure.getMessage() + ")", failure);
    }
    StorageException translated =
        engine
            .fault(failure)
            .map(
                fault ->
                    new StorageException(
                        fault,
                        doing + ": " + engine.advice(fault) + " (" + failure.getMessage() + ")",
                        failure))
            .orElseGet(() -> new StorageException(doing + ": " + failure.getMessage(), failure));
    if (translated.isFatal()) {
      recordFault(translated);
    }
    return translated;
  }

  private void recordFault(StorageException first) {
    Consumer<StorageException> notified;
    synchronized (this) {
      if (fault != null) {
        return;
      }
      fault = first;
      notified = listener;
    }
    if (notified != null) {
      notified.accept(first);
    }
  }

  /** Registers {@code release}, which runs when a write has found the disk full. */
  void onDiskFull(Runnable release) {
    onFull = release;
  }

  /** Returns whether there has been no fault. */
  synchronized boolean isHealthy() {
    return fault == null;
  }

  /** Registers a listener for the first fault; it is called immediately if there has been one. */
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
   * @throws StorageException if there has been a fault
   */
  synchronized void requireHealthy() {
    if (fault != null) {
      throw new StorageException(
          fault.fault().orElseThrow(), String.valueOf(fault.getMessage()), fault);
    }
  }
}
