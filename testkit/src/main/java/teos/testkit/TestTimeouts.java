package teos.testkit;

import java.time.Duration;

/**
 * Timeouts of tests that wait for an event. They are long so that a busy machine does not fail a
 * test; a test that passes does not wait for the timeout.
 */
public final class TestTimeouts {

  /** Timeout of one test in seconds, for {@code @Timeout} on a method or a class. */
  public static final int TEST_SECONDS = 900;

  /**
   * Timeout of one event: a response, the effect of a block, the start or exit of a program. The
   * system property {@code teos.test.event_seconds} changes it, to fail fast during development.
   */
  public static final Duration EVENT =
      Duration.ofSeconds(Integer.getInteger("teos.test.event_seconds", 300));

  /** {@link #EVENT} in milliseconds, for sockets. */
  public static final int EVENT_MILLIS = (int) EVENT.toMillis();

  private TestTimeouts() {}
}
