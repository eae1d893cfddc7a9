package teos.teosd.lnd;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;
import teos.teosd.net.ClientNetwork;
import teos.teosd.net.RateLimit;

/**
 * Rate limit on new sessions: per client network, and for all addresses that many users share
 * together, such as this machine's, which Tor connects from. What is opened over the latter in two
 * days is at most half of all sessions, and unused ones expire before that.
 */
public final class SessionRates {

  private static final Duration PERIOD = Duration.ofHours(1);
  private static final String SHARED = "shared";

  /** Two days in hours, twice. */
  private static final long SHARED_FRACTION = 96;

  private final Predicate<InetAddress> shared;
  private final RateLimit<InetAddress> ofNetwork;
  private final RateLimit<String> ofShared;

  /**
   * @param hourly sessions that a network may open in an hour; 0 for no limit
   * @param maxSessions that the tower keeps
   * @param shared addresses that stand for many users
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

  /** Counts a session that {@code client} asks for; false if it is one too many. */
  boolean take(InetAddress client) {
    return shared.test(client)
        ? ofShared.take(SHARED).isEmpty()
        : ofNetwork.take(ClientNetwork.of(client)).isEmpty();
  }
}
