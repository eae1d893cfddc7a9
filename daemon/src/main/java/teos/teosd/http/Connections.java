package teos.teosd.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.net.ClientNetwork;

/**
 * The connections of the public API, of which none may be held without being used: one that sends no
 * whole head of a request in time is closed, however much of it has come. Helidon closes only those
 * that have sent nothing of a next request, and waits for the rest of a head for ever. An address may
 * have so many at a time; and all together may have so many that their memory, some 14 kB each, is
 * there: where there are more, those go that have waited longest for a request.
 */
final class Connections implements ServerConnectionSelector, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  /** From the connection to the end of the first head. */
  private static final Duration FIRST = Duration.ofSeconds(20);

  /** From an answer to the end of the next head. */
  static final Duration NEXT = Duration.ofSeconds(60);

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Http1ConnectionSelector http;
  private final Predicate<InetAddress> trusted;
  private final int most;
  private final int mostOfOne;
  private final Set<Guarded> open = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<InetAddress, Integer> counts = new ConcurrentHashMap<>();
  private final ThreadLocal<Guarded> current = new ThreadLocal<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * @param most connections of all
   * @param mostOfOne connections that an address may have
   * @param trusted addresses that may have any number, as there are many users behind them
   */
  Connections(Http1Config config, int most, int mostOfOne, Predicate<InetAddress> trusted) {
    this.http = Http1ConnectionSelector.builder().config(config).build();
    this.most = most;
    this.mostOfOne = mostOfOne;
    this.trusted = trusted;
    Thread.ofVirtual().name("slow-connections").start(this::watch);
  }

  /** A filter for all requests: while one is answered, its connection is in use. */
  void inUse(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    Guarded connection = current.get();
    if (connection == null) {
      chain.proceed();
      return;
    }
    connection.due = Long.MAX_VALUE;
    try {
      chain.proceed();
    } finally {
      connection.waitingSince = System.nanoTime();
      connection.due = connection.waitingSince + NEXT.toNanos();
    }
  }

  private void watch() {
    try {
      while (!closed.await(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        open.forEach(connection -> connection.closeIfDue(now));
      }
    } catch (InterruptedException e) {
      log.debug("nobody looks for slow connections any more");
    }
  }

  /** Only those that wait: what is under way is finished. */
  private void makeRoom() {
    if (open.size() > most) {
      open.stream()
          .filter(connection -> connection.due != Long.MAX_VALUE)
          .min(Comparator.comparingLong(connection -> connection.waitingSince))
          .ifPresent(Guarded::closeNow);
    }
  }

  /** One of an address that is counted, or empty if that is not. */
  private Optional<InetAddress> counted(ConnectionContext context) {
    return context.remotePeer().address() instanceof InetSocketAddress socket
            && !trusted.test(socket.getAddress())
        ? Optional.of(ClientNetwork.of(socket.getAddress()))
        : Optional.empty();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new Guarded(context);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private final class Guarded implements ServerConnection {
    private final ConnectionContext context;
    private final ServerConnection connection;

    /** By {@link System#nanoTime}. */
    private volatile long waitingSince = System.nanoTime();

    /** When it is closed, by {@link System#nanoTime}, unless it is used before. */
    private volatile long due = System.nanoTime() + FIRST.toNanos();

    Guarded(ConnectionContext context) {
      this.context = context;
      this.connection = http.connection(context);
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
      Optional<InetAddress> from = counted(context);
      int count = from.map(address -> counts.merge(address, 1, Integer::sum)).orElse(0);
      open.add(this);
      makeRoom();
      current.set(this);
      try {
        if (count <= mostOfOne) {
          connection.handle(limit);
        } else {
          log.debug("{} has {} connections already", from.orElseThrow(), mostOfOne);
        }
      } finally {
        current.remove();
        open.remove(this);
        from.ifPresent(
            address -> counts.compute(address, (key, all) -> all == null || all == 1 ? null : all - 1));
      }
    }

    void closeIfDue(long now) {
      long until = due;
      if (until != Long.MAX_VALUE && now - until > 0) {
        closeNow();
      }
    }

    void closeNow() {
      due = Long.MAX_VALUE; // it is on its way out, and not chosen twice
      log.debug("closing a connection of {}: no request", context.remotePeer().host());
      context.serverSocket().close();
    }

    @Override
    public Duration idleTime() {
      return Duration.ZERO; // it is closed here
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt);
    }
  }
}
