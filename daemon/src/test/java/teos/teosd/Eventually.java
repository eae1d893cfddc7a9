package teos.teosd;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what a tower does in its own time. */
public final class Eventually {

  private static final Duration LIMIT = Duration.ofMinutes(3);

  private Eventually() {}

  /** Waits until {@code condition} holds; fails with {@code what} if it does not come to. */
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    holds(what, LIMIT, condition);
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
