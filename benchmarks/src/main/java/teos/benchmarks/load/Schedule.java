package teos.benchmarks.load;

import java.util.concurrent.locks.LockSupport;

/**
 * Due times of requests, as {@link System#nanoTime}.
 *
 * <p>In the open loop, each request has a fixed due time, whether or not the tower has answered the
 * earlier ones, and its latency counts from that time. So a pause of a second counts for all
 * requests that were due in that second, not only for one of them ("coordinated omission").
 */
sealed interface Schedule {

  /** Returns the due time of request {@code index}; {@code now} is the current time. */
  long due(int index, long now);

  /** Open loop: a fixed rate of requests a second from {@code start} on. */
  record Open(long start, int rate) implements Schedule {
    @Override
    public long due(int index, long now) {
      return start + index * 1_000_000_000L / rate;
    }
  }

  /** Closed loop: from {@code start} on, each request is due as soon as its connection is free. */
  record Closed(long start) implements Schedule {
    @Override
    public long due(int index, long now) {
      return start - now > 0 ? start : now;
    }
  }

  /** Blocks until {@code due}. */
  static void await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
