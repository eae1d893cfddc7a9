package teos.client.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Locks that hold among threads and among processes. A process that is killed holds none. */
final class FileLocks {

  private static final long POLL_MILLIS = 20;

  /** File locks are the whole JVM's: among its own threads, these are what counts. */
  private static final Map<Path, ReentrantLock> THREAD_LOCKS = new ConcurrentHashMap<>();

  private FileLocks() {}

  /** Waits for the lock at {@code file}; empty if another has it all the time. */
  static Optional<LockHandle> acquire(Path file, Duration patience) throws IOException {
    ReentrantLock within =
        THREAD_LOCKS.computeIfAbsent(
            file.toAbsolutePath().normalize(), path -> new ReentrantLock());
    long end = System.nanoTime() + patience.toNanos();
    try {
      if (!within.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return Optional.empty();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
    boolean held = false;
    try {
      Optional<LockHandle> lock = acquireFileLock(file, within, end);
      held = lock.isPresent();
      return lock;
    } finally {
      if (!held) {
        within.unlock();
      }
    }
  }

  private static Optional<LockHandle> acquireFileLock(Path file, ReentrantLock within, long end)
      throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      @Nullable FileLock lock = channel.tryLock();
      while (lock == null && System.nanoTime() < end) {
        Thread.sleep(POLL_MILLIS);
        lock = channel.tryLock();
      }
      held = lock != null;
      return held ? Optional.of(new HeldLock(channel, within)) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  /** A lock that is held until it is released, by the thread that acquired it. */
  record HeldLock(FileChannel channel, ReentrantLock threadLock) implements LockHandle {
    @Override
    public void release() throws IOException {
      try {
        channel.close(); // and the lock with it
      } finally {
        threadLock.unlock();
      }
    }
  }
}
