package teos.cln;

import java.util.function.Supplier;
import teos.testkit.TestTimeouts;

/** Waits for conditions that have no event. */
final class Eventually {

  private static final long POLL_MILLIS = 20;

  private Eventually() {}

  /** Condition that may fail with an error. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits until {@code condition} holds. */
  static void holds(Condition condition, Supplier<String> failure) throws Exception {
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(failure.get());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
