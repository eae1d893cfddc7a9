package teos.benchmarks.load;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import teos.protocol.Dialect;

/**
 * What is sent to a tower.
 *
 * @param dialect the one that the users speak
 * @param connections kept open; each has one request under way at most
 * @param rate requests a second, due whether or not earlier ones were answered; none for as many as
 *     the connections can take
 * @param warmUp for how long requests are sent before any is counted
 * @param duration for how long those are sent that are counted
 * @param count requests in all, warm-up included, in place of {@code duration}
 * @param atMost requests a second that are made ready where no {@code rate} says how many
 * @param reads of 100 requests, how many are get_appointment; the others are add_appointment
 * @param users registered, unless more are needed for their slots
 * @param penaltyBytes the size of the penalties
 */
record LoadPlan(
    Dialect dialect,
    int connections,
    OptionalInt rate,
    Duration warmUp,
    Duration duration,
    OptionalLong count,
    int atMost,
    int reads,
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

  private static final int MOST = 10_000_000;

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
    require(atMost >= 1, "the requests made ready", "1 or more a second", atMost);
    require(reads >= 0 && reads <= 100, "the reads", "0 to 100 of 100", reads);
    require(users >= 1, "the users", "1 or more", users);
    require(
        penaltyBytes >= 60 && penaltyBytes <= 400_000,
        "a penalty's size",
        "60 to 400,000 bytes",
        penaltyBytes);
    long total = total(warmUp, duration, rate.orElse(atMost), count);
    require(total <= MOST, "the requests to make ready", "10,000,000 at most", total);
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

  /** Requests in all, warm-up included. */
  int requests() {
    return (int) total(warmUp, duration, rate.orElse(atMost), count);
  }

  /** How many of the first {@code slots} requests are reads; they are spread evenly. */
  int readsAmong(int slots) {
    return (int) ((long) slots * reads / 100);
  }
}
