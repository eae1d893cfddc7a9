package teos.teosd.lnd;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.noise.NoiseSocket;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.api.InternalApi;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.net.ConnectionLimiter.Connection;
import teos.wtwire.WtwireException;

/**
 * Server for lnd's clients. Each connection has a virtual thread, and is closed after its last
 * message, or when no message comes for 15 seconds, as with lnd's own tower.
 */
public final class LndServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LndServer.class);
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);
  private static final Duration MESSAGE = Duration.ofSeconds(15);

  /** Longest wait for replies that are under way when the server stops. */
  private static final Duration LAST_REPLY = Duration.ofSeconds(5);

  private static final int BACKLOG = 500;
  private static final int MAX_CONNECTIONS = 1_000;
  private static final int MAX_CONNECTIONS_OF_NETWORK = 100;

  private final ServerSocket listener;
  private final SecretKey key;
  private final byte[] chainHash;
  private final SessionPolicy policy;
  private final SessionRates rates;
  private final InternalApi tower;
  private final SecureRandom random = new SecureRandom();
  private final Map<Socket, Thread> open = new ConcurrentHashMap<>();
  private final Set<PublicKey> connected = ConcurrentHashMap.newKeySet();
  private final ConnectionLimiter limiter;
  private final Thread accepting;
  private volatile boolean closed;

  private LndServer(
      ServerSocket listener,
      SecretKey key,
      byte[] chainHash,
      SessionPolicy policy,
      SessionRates rates,
      InternalApi tower,
      Predicate<InetAddress> shared) {
    this.listener = listener;
    this.key = key;
    this.chainHash = chainHash.clone();
    this.policy = policy;
    this.rates = rates;
    this.limiter = new ConnectionLimiter(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_NETWORK, shared);
    this.tower = tower;
    this.accepting = Thread.ofVirtual().name("lnd-server").start(this::accept);
  }

  /**
   * Binds and starts listening.
   *
   * @param key the tower's, by which clients know it
   * @param chainHash of the genesis block, in internal order
   * @param hourlySessions that a client network may open in an hour; 0 for no limit
   * @param shared addresses that stand for many users, and have no limits of their own
   * @throws IOException if the address cannot be bound
   */
  public static LndServer start(
      InetSocketAddress at,
      SecretKey key,
      byte[] chainHash,
      SessionPolicy policy,
      InternalApi tower,
      long hourlySessions,
      Predicate<InetAddress> shared)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.bind(at, BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    log.info("lnd's clients at {}", new HostPort(at.getHostString(), listener.getLocalPort()));
    SessionRates rates = new SessionRates(hourlySessions, policy.maxSessions(), shared);
    return new LndServer(listener, key, chainHash, policy, rates, tower, shared);
  }

  /** Where it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket socket = listener.accept();
        Optional<Connection> connection =
            limiter.register(socket.getInetAddress(), () -> close(socket));
        if (connection.isPresent()) {
          Thread serving =
              Thread.ofVirtual()
                  .name("lnd-client")
                  .unstarted(() -> serve(socket, connection.get()));
          open.put(socket, serving);
          serving.start();
        } else {
          log.atDebug()
              .addKeyValue("from", socket.getInetAddress())
              .log("all connections are in use: closed");
          close(socket);
        }
      } catch (IOException e) {
        if (!closed) {
          log.atWarn().addKeyValue("error", e.getMessage()).log("connection cannot be accepted");
          pause();
        }
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("closing a connection", e);
    }
  }

  /** Out of file descriptors, most likely, and asking again at once would not help. */
  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(Socket socket, Connection connection) {
    try (socket;
        connection) {
      if (closed) {
        return; // accepted while the others were closed
      }
      run(NoiseSocket.accept(socket, key, random, HANDSHAKE), connection);
    } catch (IOException | WtwireException e) {
      log.atDebug()
          .addKeyValue("from", socket.getInetAddress())
          .addKeyValue("why", e.getMessage())
          .log("connection ended");
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("from", socket.getInetAddress())
          .setCause(e)
          .log("connection failed");
    } finally {
      open.remove(socket);
    }
  }

  /** One connection at a time for each session: its updates have an order. */
  private void run(NoiseSocket noise, Connection connection) throws IOException, WtwireException {
    if (!connected.add(noise.remoteKey())) {
      log.atDebug().addKeyValue("session", noise.remoteKey()).log("session is connected already");
      return;
    }
    try {
      new WtwireSession(noise, chainHash, policy, tower, rates, connection, MESSAGE).run();
    } finally {
      connected.remove(noise.remoteKey());
    }
  }

  /**
   * Stops listening, finishes the messages that have been read, and closes all connections: an
   * update that is stored gets its reply, unless the client does not take it within {@link
   * #LAST_REPLY}.
   */
  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
      accepting.join();
      open.keySet().forEach(LndServer::receiveNoMore);
      Instant end = Instant.now().plus(LAST_REPLY);
      for (Thread serving : open.values()) {
        serving.join(Duration.between(Instant.now(), end));
      }
    } catch (IOException e) {
      log.debug("closing", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    open.keySet().forEach(LndServer::close);
  }

  private static void receiveNoMore(Socket socket) {
    try {
      socket.shutdownInput();
    } catch (IOException e) {
      log.debug("closing a connection", e);
    }
  }
}
