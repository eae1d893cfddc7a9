package teos.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: twice as long after each, up to a limit, and never all
 * clients at the same moment.
 *
 * @param first the wait after the first failure
 * @param most no wait is longer, unless the tower asks for it
 */
public record Backoff(Duration initial, Duration max) {

  /** From one second up to ten minutes. */
  public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(10));

  private static final int MAX_DOUBLINGS = 30;

  /**
   * @throws IllegalArgumentException if a wait is not positive, or the first is the longer
   */
  public Backoff {
    if (!initial.isPositive() || max.compareTo(initial) < 0) {
      throw new IllegalArgumentException("waits are positive, and the first is the shortest");
    }
  }

  /**
   * The wait after so many failures in a row, from 1: between a half and the whole of {@code first
   * * 2^(failures - 1)}.
   */
  public Duration delay(int failures, RandomGenerator random) {
    int doublings = Math.clamp(failures - 1L, 0, MAX_DOUBLINGS);
    Duration whole = initial.multipliedBy(1L << doublings);
    long millis = Math.max(1, (whole.compareTo(max) < 0 ? whole : max).toMillis());
    return Duration.ofMillis(millis - random.nextLong(millis / 2 + 1));
  }
}
