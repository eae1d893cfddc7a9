package teos.benchmarks.load;

import java.util.concurrent.locks.LockSupport;

/**
 * When requests are due. Times are {@link System#nanoTime}.
 *
 * <p>The open model: each has its time, whether or not the tower has answered those before it, and
 * what is late is waited for from that time on. A tower that stops for a second is then seen to
 * have kept all waiting that would have come in that second ("coordinated omission" is to see one
 * only).
 */
sealed interface Schedule {

  /** When request {@code index} is due; {@code now} is the time. */
  long due(int index, long now);

  /** At a fixed rate from {@code start} on. */
  record Open(long start, int rate) implements Schedule {
    @Override
    public long due(int index, long now) {
      return start + index * 1_000_000_000L / rate;
    }
  }

  /** As fast as it goes, from {@code start} on: each is due as soon as its connection is free. */
  record Closed(long start) implements Schedule {
    @Override
    public long due(int index, long now) {
      return start - now > 0 ? start : now;
    }
  }

  /** Waits until {@code due}. */
  static void await(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
