package teos.testkit;

import java.time.Duration;

/**
 * How long tests wait for something that will happen. A wait that succeeds costs nothing, however
 * long it may last, and a busy machine must not fail a test; so all of them are this long.
 */
public final class TestTimeouts {

  /** For {@code @Timeout} of a whole test or of a class's every test, seconds. */
  public static final int TEST_SECONDS = 900;

  /** For one event: a response, a block's effect, a program's start or end. */
  public static final Duration EVENT = Duration.ofMinutes(5);

  /** {@link #EVENT} in milliseconds, for sockets. */
  public static final int EVENT_MILLIS = (int) EVENT.toMillis();

  private TestTimeouts() {}
}
