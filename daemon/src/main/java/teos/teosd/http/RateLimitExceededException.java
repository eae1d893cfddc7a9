package teos.teosd.http;

import java.time.Duration;

/** Thrown for a request over a rate limit that cannot wait for its turn. */
final class RateLimitExceededException extends Exception {

  private static final long serialVersionUID = 1L;

  private final long seconds;

  /**
   * @param what there is too much of, such as "requests of yours"
   * @param wait after which there will be room
   */
  RateLimitExceededException(String what, Duration wait) {
    this(what, wait.plusNanos(999_999_999).toSeconds());
  }

  private RateLimitExceededException(String what, long seconds) {
    super("Too many " + what + "; retry after " + seconds + " s", null, false, false);
    this.seconds = seconds;
  }

  /** When to retry. */
  long retryAfterSeconds() {
    return seconds;
  }
}
