package teos.teosd.http;

import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import teos.protocol.PublicKey;
import teos.teosd.net.ClientNetwork;
import teos.teosd.net.RateLimit;

/**
 * Keeps one from taking what is everybody's: how many requests and registrations an address may make,
 * and how many requests a user. An IPv6 network of 64 bits counts as one address: whoever has one has
 * them all. This machine's own addresses are not counted: behind them are the operator, and Tor, which
 * tells nothing of its users.
 */
public final class Throttle {

  /** For which those who are over a limit by seconds may have been saving up. */
  private static final Duration BURST = Duration.ofSeconds(10);

  private final RateLimit<InetAddress> requests;
  private final RateLimit<InetAddress> registrations;
  private final RateLimit<PublicKey> userRequests;

  /**
   * What is allowed; 0 for no limit.
   *
   * @param requests of an address, a second
   * @param registrations of an address, an hour
   * @param userRequests of a user, a second
   */
  public record Limits(long requests, long registrations, long userRequests) {}

  public Throttle(Limits limits) {
    this(limits, System::nanoTime);
  }

  Throttle(Limits limits, LongSupplier clock) {
    this.requests = new RateLimit<>(limits.requests() * BURST.toSeconds(), BURST, clock);
    this.registrations = new RateLimit<>(limits.registrations(), Duration.ofHours(1), clock);
    this.userRequests = new RateLimit<>(limits.userRequests() * BURST.toSeconds(), BURST, clock);
  }

  /** Thrown to who has asked too often. */
  static final class TooOftenException extends Exception {
    private static final long serialVersionUID = 1L;

    private final long seconds;

    private TooOftenException(String what, long seconds) {
      super("Too many " + what + ", come again in " + seconds + " s", null, false, false);
      this.seconds = seconds;
    }

    /** After which it may be asked again. */
    long retryAfterSeconds() {
      return seconds;
    }
  }

  /** Counts a request of {@code address}. */
  void request(InetAddress address) throws TooOftenException {
    if (!address.isLoopbackAddress()) {
      require(requests.take(ClientNetwork.of(address)), "requests from your address");
    }
  }

  /** Counts a registration from {@code address}. */
  void registration(InetAddress address) throws TooOftenException {
    if (!address.isLoopbackAddress()) {
      require(registrations.take(ClientNetwork.of(address)), "registrations from your address");
    }
  }

  /** Counts a request that {@code user} has signed. */
  void request(PublicKey user) throws TooOftenException {
    require(userRequests.take(user), "requests of yours");
  }

  private static void require(OptionalLong wait, String what) throws TooOftenException {
    if (wait.isPresent()) {
      long seconds = Duration.ofNanos(wait.getAsLong()).plusNanos(999_999_999).toSeconds();
      throw new TooOftenException(what, seconds);
    }
  }
}
