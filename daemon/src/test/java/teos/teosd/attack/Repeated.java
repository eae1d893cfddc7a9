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
 * Threads that repeat a step until they are closed. An {@link IOException} (refused, cut off, tower
 * restarting) is followed by the next try; any other failure ends the thread and is thrown by
 * {@link #close}.
 */
final class Repeated implements AutoCloseable {

  private static final int PAUSE_MILLIS = 50;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** What is repeated. */
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

  /** Steps that have been completed, by all threads. */
  long done() {
    return done.get();
  }

  /** Waits for {@code more} completed steps. */
  void await(long more) throws Exception {
    long enough = done() + more;
    Eventually.holds("the attack goes on", TestTimeouts.EVENT, () -> done() >= enough || failed());
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
