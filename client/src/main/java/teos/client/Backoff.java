package teos.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with jitter, so that clients do not retry in step.
 *
 * @param initial delay after the first failure
 * @param max maximum delay, unless the tower asks for a longer one
 */
public record Backoff(Duration initial, Duration max) {

  /** From 1 second to 10 minutes. */
  public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(10));

  private static final int MAX_DOUBLINGS = 30;

  /**
   * @throws IllegalArgumentException if {@code initial} is not positive or is longer than {@code
   *     max}
   */
  public Backoff {
    if (initial.isNegative() || initial.isZero() || max.compareTo(initial) < 0) {
      throw new IllegalArgumentException(
          "the initial delay must be positive and not longer than the maximum");
    }
  }

  /**
   * Returns a random delay between one half and the whole of {@code min(max, initial * 2^(failures
   * - 1))}.
   *
   * @param failures consecutive failures, from 1
   */
  public Duration delay(int failures, RandomGenerator random) {
    int doublings = Math.max(0, Math.min(failures - 1, MAX_DOUBLINGS));
    Duration whole = initial.multipliedBy(1L << doublings);
    long millis = Math.max(1, (whole.compareTo(max) < 0 ? whole : max).toMillis());
    return Duration.ofMillis(millis - random.nextLong(millis / 2 + 1));
  }
}
