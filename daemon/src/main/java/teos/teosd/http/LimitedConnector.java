package teos.teosd.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.net.ConnectionLimiter;

/**
 * Port of an {@link HttpServer} whose connections are counted by a {@link ConnectionLimiter}. While
 * the tower is busy with the maximum number of connections, it accepts no other: clients wait.
 */
final class LimitedConnector extends ServerConnector {

  private static final Logger log = LoggerFactory.getLogger(LimitedConnector.class);
  private static final int ACCEPTORS = 1;
  private static final int SELECTORS = 1;

  private final ConnectionLimiter limiter;

  /** Accepted connections that Jetty has not opened yet. */
  private final Map<Socket, CountedConnection> accepted = new ConcurrentHashMap<>();

  private final Map<EndPoint, CountedConnection> connections = new ConcurrentHashMap<>();

  LimitedConnector(Server server, ConnectionLimiter limiter, ConnectionFactory... factories) {
    super(server, null, null, null, ACCEPTORS, SELECTORS, factories);
    this.limiter = limiter;
  }

  /**
   * Counts a connection. Runs on the acceptor's thread, which accepts no other connection until
   * this returns. If the selector counted later, a whole burst would be accepted before any of it
   * counted.
   */
  @Override
  protected void configure(Socket socket) {
    super.configure(socket);
    InetAddress peer = socket.getInetAddress();
    if (peer == null) {
      return; // already closed
    }
    try {
      limiter.awaitRoom();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server is stopping; this connection is still served
    }
    Eviction eviction = new Eviction(socket);
    ConnectionLimiter.Connection counted =
        limiter.admit(
            peer,
            () -> {
              accepted.remove(socket);
              eviction.close();
            });
    accepted.put(socket, new CountedConnection(counted, eviction));
    if (counted.isClosed()) {
      accepted.remove(socket); // evicted before the put
    }
  }

  @Override
  protected void onEndPointOpened(EndPoint endPoint) {
    super.onEndPointOpened(endPoint);
    Socket socket = ((SocketChannelEndPoint) endPoint).getChannel().socket();
    CountedConnection connection = accepted.remove(socket);
    if (connection == null) {
      endPoint.close();
      return;
    }
    connections.put(endPoint, connection);
    connection.eviction.opened(endPoint);
  }

  @Override
  protected void onEndPointClosed(EndPoint endPoint) {
    CountedConnection connection = connections.remove(endPoint);
    if (connection != null) {
      connection.counted.close();
    }
    super.onEndPointClosed(endPoint);
  }

  /**
   * Closes idle connections that have had a response, after one last chance for a request.
   *
   * @param timeout for that request
   */
  void expectLastRequests(Duration timeout) {
    connections.forEach(
        (endPoint, connection) -> {
          if (connection.answered && !connection.inRequest) {
            endPoint.setIdleTimeout(timeout.toMillis());
          }
        });
  }

  /** Returns the connection of {@code request}; null if it has been closed. */
  static @Nullable CountedConnection of(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    if (endPoint instanceof EndPoint.Wrapper tls) {
      endPoint = tls.unwrap();
    }
    LimitedConnector connector = (LimitedConnector) request.getConnectionMetaData().getConnector();
    return connector.connections.get(endPoint);
  }

  /** Evicts a connection for another, whether or not Jetty has opened it yet. */
  private static final class Eviction {
    private final Socket socket;
    private @Nullable EndPoint endPoint;
    private boolean closed;

    Eviction(Socket socket) {
      this.socket = socket;
    }

    synchronized void opened(EndPoint opened) {
      endPoint = opened;
      if (closed) {
        opened.close();
      }
    }

    synchronized void close() {
      closed = true;
      if (endPoint != null) {
        endPoint.close();
        return;
      }
      try {
        socket.close();
      } catch (IOException e) {
        log.debug("connection cannot be closed", e);
      }
    }
  }

  /** Counted connection with the state of its current request. */
  static final class CountedConnection {
    private final ConnectionLimiter.Connection counted;
    private final Eviction eviction;
    private volatile boolean inRequest;
    private volatile boolean answered;

    /** Whether the tower waits for the client; accessed by the request's thread only. */
    private boolean waiting;

    private CountedConnection(ConnectionLimiter.Connection counted, Eviction eviction) {
      this.counted = counted;
      this.eviction = eviction;
    }

    /** Records that a request has begun; the connection still waits for the rest of it. */
    void requestBegins() {
      inRequest = true;
      waiting = false;
    }

    /** Records progress by the client; the tower waits for it from now on. */
    void waitForClient() {
      waiting = true;
      counted.waiting();
    }

    /** Records that the tower processes the request, which protects the connection. */
    void process() {
      waiting = false;
      counted.working();
    }

    /**
     * Records that the request has its response; the connection has been idle since that was sent.
     * If the idle time began only now, the connection would seem newer than connections whose
     * responses were sent later.
     */
    void requestEnds() {
      if (!waiting) {
        waitForClient();
      }
      answered = true;
      inRequest = false;
    }
  }
}
