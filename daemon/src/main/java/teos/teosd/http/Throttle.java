package teos.teosd.http;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import teos.protocol.PublicKey;
import teos.teosd.net.ClientNetwork;
import teos.teosd.net.RateLimit;

/**
 * Slows down addresses and users that ask more often than they may: a request over the limit blocks
 * until its turn comes. Few clients survive a refusal of an appointment, and all can wait for an
 * answer. Refused is only what would wait for too long, or be one of too many that wait.
 *
 * <p>An IPv6 network of 64 bits counts as one address. Loopback addresses have no limit: behind
 * them are the operator, and Tor, which tells nothing of its users.
 */
public final class Throttle {

  /** For how long an address or a user may save up requests that it did not make. */
  private static final Duration BURST = Duration.ofSeconds(10);

  /** Longest wait for a turn: python-teos' plugin reads for 30 s, proxies for 60 s. */
  static final Duration MAX_WAIT = Duration.ofSeconds(20);

  /** Requests of one address or user that wait for their turn. */
  static final int MAX_WAITING_OF_ONE = 256;

  /** Bytes of all requests that have been read and wait for their turn. */
  static final int MAX_WAITING_BYTES = 8 << 20;

  private final RateLimit<InetAddress> requests;
  private final RateLimit<InetAddress> registrations;
  private final RateLimit<PublicKey> userRequests;

  private final Semaphore waitingBytes = new Semaphore(MAX_WAITING_BYTES);
  private final CountDownLatch stopping = new CountDownLatch(1);

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

  /**
   * Blocks until it is the turn of a request of {@code address}, of which nothing has been read.
   */
  void request(InetAddress address) throws RateLimitExceededException {
    if (!address.isLoopbackAddress()) {
      await(requests, ClientNetwork.of(address), 0, "requests from your address");
    }
  }

  /** Blocks until it is the turn of a registration from {@code address}. */
  void registration(InetAddress address) throws RateLimitExceededException {
    if (!address.isLoopbackAddress()) {
      await(registrations, ClientNetwork.of(address), 0, "registrations from your address");
    }
  }

  /**
   * Blocks until it is the turn of a request that {@code user} has signed.
   *
   * @param bytes what it takes in memory meanwhile
   */
  void request(PublicKey user, int bytes) throws RateLimitExceededException {
    await(userRequests, user, bytes, "requests of yours");
  }

  private <K> void await(RateLimit<K> limit, K who, int bytes, String what)
      throws RateLimitExceededException {
    RateLimit.Turn turn = limit.reserve(who, MAX_WAITING_OF_ONE, MAX_WAIT);
    if (!turn.granted()) {
      throw new RateLimitExceededException(what, Duration.ofNanos(turn.nanos()));
    }
    if (turn.nanos() == 0) {
      return;
    }
    if (!waitingBytes.tryAcquire(bytes)) {
      throw new RateLimitExceededException(what, MAX_WAIT);
    }
    try {
      if (stopping.await(turn.nanos(), TimeUnit.NANOSECONDS)) {
        return; // nobody has to be slowed down any more
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RateLimitExceededException(what, MAX_WAIT);
    } finally {
      waitingBytes.release(bytes);
    }
  }

  /** Bytes of the requests that have been read and wait for their turn. */
  int waitingBytes() {
    return MAX_WAITING_BYTES - waitingBytes.availablePermits();
  }

  /** Lets everything that waits go on at once, now and later: the tower stops. */
  void release() {
    stopping.countDown();
  }
}
