package teos.teosd.lnd;

import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import teos.teosd.api.RateLimitResult;
import teos.teosd.net.ClientNetwork;
import teos.teosd.net.RateLimit;

/**
 * Rate limit on new sessions: one for each client network, and one for all addresses together that
 * many users share, such as this machine's, from which Tor connects. Sessions opened over shared
 * addresses in two days are at most half of all sessions, and unused sessions expire sooner.
 */
public final class SessionRates {

  private static final Duration PERIOD = Duration.ofHours(1);
  private static final String SHARED = "shared";

  /** Two days in hours, times two for half of all sessions. */
  private static final long SHARED_FRACTION = 96;

  private final Predicate<InetAddress> shared;
  private final RateLimit<InetAddress> ofNetwork;
  private final RateLimit<String> ofShared;

  /**
   * @param hourly sessions that a network may open in an hour; 0 for no limit
   * @param maxSessions that the tower keeps
   * @param shared matches addresses that stand for many users
   */
  public SessionRates(long hourly, long maxSessions, Predicate<InetAddress> shared) {
    this.shared = shared;
    this.ofNetwork = new RateLimit<>(hourly, PERIOD, System::nanoTime);
    this.ofShared =
        new RateLimit<>(
            hourly == 0 ? 0 : Math.max(hourly, maxSessions / SHARED_FRACTION),
            PERIOD,
            System::nanoTime);
  }

  /** Counts a session that {@code client} requests. */
  RateLimitResult count(InetAddress client) {
    OptionalLong wait =
        shared.test(client) ? ofShared.take(SHARED) : ofNetwork.take(ClientNetwork.of(client));
    if (wait.isEmpty()) {
      return new RateLimitResult.Granted();
    }
    return new RateLimitResult.Exceeded(
        "Too many sessions from your address", TimeUnit.NANOSECONDS.toSeconds(wait.getAsLong()));
  }
}
