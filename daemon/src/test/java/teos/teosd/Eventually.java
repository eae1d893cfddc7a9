package teos.teosd;

import java.time.Duration;
import java.util.concurrent.Callable;
import teos.testkit.TestTimeouts;

/** Waits for what a tower does in its own time. */
public final class Eventually {

  private Eventually() {}

  /** Waits until {@code condition} holds; fails with {@code what} if it does not come to. */
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    holds(what, TestTimeouts.EVENT, condition);
  }

  /** Waits for at most {@code limit} until {@code condition} holds; fails with {@code what}. */
  public static void holds(String what, Duration limit, Callable<Boolean> condition)
      throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not come to be: " + what);
      }
      Thread.sleep(20);
    }
  }
}
