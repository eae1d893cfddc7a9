package teos.benchmarks.load;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import teos.protocol.Dialect;

/**
 * Load that is sent to a tower.
 *
 * @param dialect protocol dialect of the users
 * @param connections kept open, each with at most one request in flight
 * @param rate requests a second, due whether or not earlier ones were answered; empty for a closed
 *     loop
 * @param warmUp how long requests are sent before any is counted
 * @param duration how long requests are sent and counted
 * @param count total number of requests, warm-up included, instead of {@code duration}
 * @param preparedPerSecond requests prepared for each second of the run if there is no {@code rate}
 * @param readPercent percentage of get_appointment; the others are add_appointment
 * @param users users to register; more if their slots do not suffice
 * @param penaltyBytes size of a penalty transaction
 */
record LoadPlan(
    Dialect dialect,
    int connections,
    OptionalInt rate,
    Duration warmUp,
    Duration duration,
    OptionalLong count,
    int preparedPerSecond,
    int readPercent,
    int users,
    int penaltyBytes) {

  static final LoadPlan DEFAULT =
      new LoadPlan(
          Dialect.V2,
          32,
          OptionalInt.empty(),
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          OptionalLong.empty(),
          8_000,
          0,
          32,
          330);

  private static final int MAX_REQUESTS = 10_000_000;

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  LoadPlan {
    require(connections >= 1 && connections <= 10_000, "connections", "1 to 10,000", connections);
    require(
        rate.isEmpty() || rate.getAsInt() >= 1, "the rate", "1 or more a second", rate.orElse(0));
    require(!warmUp.isNegative(), "the warm-up", "0 s or more", warmUp);
    require(duration.isPositive(), "the duration", "more than 0 s", duration);
    require(count.isEmpty() || count.getAsLong() >= 1, "the count", "1 or more", count.orElse(0));
    require(
        preparedPerSecond >= 1, "the prepared requests", "1 or more a second", preparedPerSecond);
    require(readPercent >= 0 && readPercent <= 100, "the reads", "0 to 100 percent", readPercent);
    require(users >= 1, "the users", "1 or more", users);
    require(
        penaltyBytes >= 60 && penaltyBytes <= 400_000,
        "a penalty's size",
        "60 to 400,000 bytes",
        penaltyBytes);
    long total = total(warmUp, duration, rate.orElse(preparedPerSecond), count);
    require(total <= MAX_REQUESTS, "the prepared requests", "at most 10,000,000", total);
  }

  private static void require(boolean condition, String what, String expected, Object found) {
    if (!condition) {
      throw new IllegalArgumentException(what + " must be " + expected + ", not " + found);
    }
  }

  private static long total(
      Duration warmUp, Duration duration, long perSecond, OptionalLong count) {
    return count.orElse(Math.max(1, warmUp.plus(duration).toMillis() * perSecond / 1000));
  }

  /** Returns the total number of requests, warm-up included. */
  int requests() {
    return (int) total(warmUp, duration, rate.orElse(preparedPerSecond), count);
  }

  /** Returns how many of the first {@code count} requests are reads, which are spread evenly. */
  int readsAmong(int count) {
    return (int) ((long) count * readPercent / 100);
  }
}
