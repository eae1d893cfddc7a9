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
import teos.teosd.api.SessionPolicy;
import teos.teosd.net.ConnectionLimiter;
import teos.teosd.net.ConnectionLimiter.Connection;
import teos.wtwire.WtwireException;

/**
 * Server for lnd's watchtower clients. Each connection has a virtual thread and is closed after its
 * last message, or after 15 seconds without a message, like in lnd's own tower.
 */
public final class LndServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LndServer.class);
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration MESSAGE_TIMEOUT = Duration.ofSeconds(15);

  /** Longest wait for pending replies when the server stops. */
  private static final Duration LAST_REPLY_TIMEOUT = Duration.ofSeconds(5);

  private static final int BACKLOG = 500;
  private static final int MAX_CONNECTIONS = 1_000;
  private static final int MAX_CONNECTIONS_PER_NETWORK = 100;

  private final ServerSocket listener;
  private final SecretKey key;
  private final byte[] chainHash;
  private final SessionPolicy policy;
  private final SessionRates rates;
  private final InternalApi tower;
  private final SecureRandom random = new SecureRandom();
  private final Map<Socket, Thread> connections = new ConcurrentHashMap<>();
  private final Set<PublicKey> connectedSessions = ConcurrentHashMap.newKeySet();
  private final ConnectionLimiter limiter;
  private final Thread acceptor;
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
    this.limiter = new ConnectionLimiter(MAX_CONNECTIONS, MAX_CONNECTIONS_PER_NETWORK, shared);
    this.tower = tower;
    this.acceptor = Thread.ofVirtual().name("lnd-server").start(this::accept);
  }

  /**
   * Binds and starts listening.
   *
   * @param key the tower's key, which identifies it to clients
   * @param chainHash of the genesis block, in internal order
   * @param policy of the operator for new sessions
   * @param hourlySessions that a client network may open in an hour; 0 for no limit
   * @param shared matches addresses that stand for many users and have no limits of their own
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
    log.atInfo()
        .addKeyValue("address", new HostPort(at.getHostString(), listener.getLocalPort()))
        .log("listening for lnd clients");
    SessionRates rates = new SessionRates(hourlySessions, policy.maxSessions(), shared);
    return new LndServer(listener, key, chainHash, policy, rates, tower, shared);
  }

  /** Returns the port that the server listens at. */
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
          connections.put(socket, serving);
          serving.start();
        } else {
          log.atDebug()
              .addKeyValue("from", socket.getInetAddress())
              .log("connection closed, all connections are in use");
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
      log.debug("connection cannot be closed", e);
    }
  }

  /** Waits before the next accept: the process has probably run out of file descriptors. */
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
        return; // accepted during shutdown
      }
      run(NoiseSocket.accept(socket, key, random, HANDSHAKE_TIMEOUT), connection);
    } catch (IOException | WtwireException e) {
      log.atDebug()
          .addKeyValue("from", socket.getInetAddress())
          .addKeyValue("error", e.getMessage())
          .log("connection ended");
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("from", socket.getInetAddress())
          .setCause(e)
          .log("connection failed");
    } finally {
      connections.remove(socket);
    }
  }

  /** Runs the session, unless it has another connection: its updates must stay in order. */
  private void run(NoiseSocket noise, Connection connection) throws IOException, WtwireException {
    if (!connectedSessions.add(noise.remoteKey())) {
      log.atDebug().addKeyValue("session", noise.remoteKey()).log("session has another connection");
      return;
    }
    try {
      new WtwireSession(noise, chainHash, policy, tower, rates, connection, MESSAGE_TIMEOUT).run();
    } finally {
      connectedSessions.remove(noise.remoteKey());
    }
  }

  /**
   * Stops listening, processes the messages that have been read, and closes all connections. An
   * update that has been stored gets its reply, unless the client does not read it within {@link
   * #LAST_REPLY_TIMEOUT}.
   */
  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
      acceptor.join();
      connections.keySet().forEach(LndServer::shutdownInput);
      Instant deadline = Instant.now().plus(LAST_REPLY_TIMEOUT);
      for (Thread serving : connections.values()) {
        serving.join(Duration.between(Instant.now(), deadline));
      }
    } catch (IOException e) {
      log.debug("listener cannot be closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.keySet().forEach(LndServer::close);
  }

  private static void shutdownInput(Socket socket) {
    try {
      socket.shutdownInput();
    } catch (IOException e) {
      log.debug("connection cannot be closed", e);
    }
  }
}
