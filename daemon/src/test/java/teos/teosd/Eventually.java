package teos.teosd;

import java.time.Duration;
import java.util.concurrent.Callable;
import teos.testkit.TestTimeouts;

/** Waits for conditions that a tower fulfils asynchronously. */
public final class Eventually {

  private Eventually() {}

  /** Blocks until {@code condition} holds; fails with {@code what} on timeout. */
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    holds(what, TestTimeouts.EVENT, condition);
  }

  /** Blocks until {@code condition} holds; fails with {@code what} after {@code timeout}. */
  public static void holds(String what, Duration timeout, Callable<Boolean> condition)
      throws Exception {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("timeout: " + what);
      }
      Thread.sleep(20);
    }
  }
}
