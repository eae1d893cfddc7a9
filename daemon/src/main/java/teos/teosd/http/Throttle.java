package teos.teosd.http;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import teos.protocol.PublicKey;
import teos.teosd.api.RateLimitResult;
import teos.teosd.net.ClientNetwork;
import teos.teosd.net.RateLimit;

/**
 * Rate limits of the public API, per client address and per user. A request over the limit blocks
 * until its turn: few clients survive an error for an appointment, but all can wait for a response.
 * Only a request that would have to wait too long, or behind too many others, is refused.
 *
 * <p>All IPv6 addresses of a /64 network count as one. Loopback addresses have no limit: they stand
 * for the operator, and for Tor, which does not identify its users.
 */
public final class Throttle {

  /** Time for which an address or a user may save up unused requests. */
  private static final Duration BURST = Duration.ofSeconds(10);

  /** Longest wait for a turn: python-teos's plugin reads for 30 s, proxies for 60 s. */
  static final Duration MAX_WAIT = Duration.ofSeconds(20);

  /** Waiting requests of one address or user. */
  static final int MAX_WAITING_EACH = 256;

  /** Bytes of all requests that have been read and are waiting for their turn. */
  static final int MAX_WAITING_BYTES = 8 << 20;

  private static final RateLimitResult GRANTED = new RateLimitResult.Granted();

  private final RateLimit<InetAddress> requests;
  private final RateLimit<InetAddress> registrations;
  private final RateLimit<PublicKey> userRequests;

  private final Semaphore waitingBytes = new Semaphore(MAX_WAITING_BYTES);
  private final CountDownLatch stopping = new CountDownLatch(1);

  /**
   * Configured limits; 0 for no limit.
   *
   * @param requests per second and address
   * @param registrations per hour and address
   * @param userRequests per second and user
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

  /** Blocks until the turn of a request from {@code address} whose body has not been read. */
  RateLimitResult awaitRequest(InetAddress address) {
    return address.isLoopbackAddress()
        ? GRANTED
        : await(requests, ClientNetwork.of(address), 0, "requests from your address");
  }

  /** Blocks until the turn of a registration from {@code address}. */
  RateLimitResult awaitRegistration(InetAddress address) {
    return address.isLoopbackAddress()
        ? GRANTED
        : await(registrations, ClientNetwork.of(address), 0, "registrations from your address");
  }

  /**
   * Blocks until the turn of a request that {@code user} has signed.
   *
   * @param bytes memory that the request occupies while it waits
   */
  RateLimitResult awaitUserRequest(PublicKey user, int bytes) {
    return await(userRequests, user, bytes, "requests");
  }

  private <K> RateLimitResult await(RateLimit<K> limit, K key, int bytes, String counted) {
    RateLimit.Reservation turn = limit.reserve(key, MAX_WAITING_EACH, MAX_WAIT);
    if (!turn.granted()) {
      return tooMany(counted, Duration.ofNanos(turn.nanos()));
    }
    if (turn.nanos() == 0) {
      return GRANTED;
    }
    if (!waitingBytes.tryAcquire(bytes)) {
      return tooMany(counted, MAX_WAIT);
    }
    try {
      stopping.await(turn.nanos(), TimeUnit.NANOSECONDS); // ends early when the tower stops
      return GRANTED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return tooMany(counted, MAX_WAIT);
    } finally {
      waitingBytes.release(bytes);
    }
  }

  private static RateLimitResult tooMany(String counted, Duration wait) {
    long seconds = wait.plusNanos(999_999_999).toSeconds();
    return new RateLimitResult.Exceeded(
        "Too many " + counted + "; retry after " + seconds + " s", seconds);
  }

  /** Returns the bytes of requests that have been read and are waiting for their turn. */
  int waitingBytes() {
    return MAX_WAITING_BYTES - waitingBytes.availablePermits();
  }

  /** Ends all waits, now and in future, because the tower is stopping. */
  void release() {
    stopping.countDown();
  }
}
