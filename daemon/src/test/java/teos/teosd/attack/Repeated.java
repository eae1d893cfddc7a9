package teos.teosd.attack;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import teos.teosd.Eventually;
import teos.testkit.TestTimeouts;

/**
 * Threads that repeat a step until closed. After an {@link IOException} (refused, reset, tower
 * restarting) the step is retried; any other failure ends the thread and is thrown by {@link
 * #close}.
 */
final class Repeated implements AutoCloseable {

  private static final int PAUSE_MILLIS = 50;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** The step that is repeated. */
  interface Step {
    void run() throws Exception;
  }

  Repeated(int count, Step step) {
    for (int i = 0; i < count; i++) {
      threads.add(Thread.startVirtualThread(() -> repeat(step)));
    }
  }

  private void repeat(Step step) {
    while (!closed) {
      try {
        step.run();
        done.incrementAndGet();
      } catch (IOException e) {
        pause();
      } catch (InterruptedException e) {
        return;
      } catch (Exception | AssertionError e) {
        if (!closed) {
          failures.add(e);
        }
        return;
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /** Returns the number of steps that all threads have completed. */
  long done() {
    return done.get();
  }

  /** Waits until {@code more} further steps are completed. */
  void await(long more) throws Exception {
    long enough = done() + more;
    Eventually.holds(
        "attack makes progress", TestTimeouts.EVENT, () -> done() >= enough || failed());
  }

  private boolean failed() {
    return !failures.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
    threads.forEach(Uninterruptibles::joinUninterruptibly);
    if (failed()) {
      throw new AssertionError("an attacker ended early", failures.peek());
    }
  }
}
