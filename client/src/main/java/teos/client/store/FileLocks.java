package teos.client.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Locks between threads and between processes. The operating system releases the locks of a process
 * that is killed.
 */
final class FileLocks {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 20;

  /** A file lock belongs to the whole JVM, so its threads need another lock. */
  private static final Map<Path, ReentrantLock> THREAD_LOCKS = new ConcurrentHashMap<>();

  private FileLocks() {}

  /** An action on files, made under a lock. */
  interface LockedAction<T> {
    T run() throws IOException;
  }

  /**
   * Runs {@code action} while holding the file {@code lock} in {@code folder}. Creates the folder.
   *
   * @throws IOException if the lock is not free within 30 seconds, or the action fails
   */
  static <T> T withLock(Path folder, LockedAction<T> action) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("lock");
    LockHandle lock =
        acquire(file, TIMEOUT)
            .orElseThrow(
                () ->
                    new IOException(
                        file + " is locked by another process; try again when it has ended"));
    try {
      return action.run();
    } finally {
      lock.release();
    }
  }

  /** Waits for the lock at {@code file}; empty if it is not free within {@code timeout}. */
  static Optional<LockHandle> acquire(Path file, Duration timeout) throws IOException {
    ReentrantLock threadLock =
        THREAD_LOCKS.computeIfAbsent(
            file.toAbsolutePath().normalize(), path -> new ReentrantLock());
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      if (!threadLock.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return Optional.empty();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
    boolean held = false;
    try {
      Optional<LockHandle> lock = acquireFileLock(file, threadLock, deadline);
      held = lock.isPresent();
      return lock;
    } finally {
      if (!held) {
        threadLock.unlock();
      }
    }
  }

  private static Optional<LockHandle> acquireFileLock(
      Path file, ReentrantLock threadLock, long deadline) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      @Nullable FileLock lock = channel.tryLock();
      while (lock == null && System.nanoTime() < deadline) {
        Thread.sleep(POLL_MILLIS);
        lock = channel.tryLock();
      }
      held = lock != null;
      return held ? Optional.of(new HeldLock(channel, threadLock)) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  private record HeldLock(FileChannel channel, ReentrantLock threadLock) implements LockHandle {
    @Override
    public void release() throws IOException {
      try {
        channel.close(); // releases the file lock
      } finally {
        threadLock.unlock();
      }
    }
  }
}
