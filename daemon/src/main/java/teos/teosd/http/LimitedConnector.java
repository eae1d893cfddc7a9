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
 * the tower works for as many as there may be, none is accepted: clients wait for their connection.
 */
final class LimitedConnector extends ServerConnector {

  private static final Logger log = LoggerFactory.getLogger(LimitedConnector.class);
  private static final int ACCEPTORS = 1;
  private static final int SELECTORS = 1;

  private final ConnectionLimiter limiter;

  /** Connections that Jetty has not opened yet. */
  private final Map<Socket, CountedConnection> accepted = new ConcurrentHashMap<>();

  private final Map<EndPoint, CountedConnection> connections = new ConcurrentHashMap<>();

  LimitedConnector(Server server, ConnectionLimiter limiter, ConnectionFactory... factories) {
    super(server, null, null, null, ACCEPTORS, SELECTORS, factories);
    this.limiter = limiter;
  }

  /**
   * Counts a connection. Runs on the acceptor's thread, which accepts no other connection before it
   * has returned: counted later, by the selector, a burst would be accepted before any of it
   * counts.
   */
  @Override
  protected void configure(Socket socket) {
    super.configure(socket);
    InetAddress peer = socket.getInetAddress();
    if (peer == null) {
      return; // closed by now
    }
    try {
      limiter.awaitRoom();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server stops; this connection is served
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
      accepted.remove(socket); // evicted before it was put there
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
   * Closes connections that have had an answer and wait for no more than a next request.
   *
   * @param patience longest wait for that
   */
  void expectLastRequests(Duration patience) {
    connections.forEach(
        (endPoint, connection) -> {
          if (connection.answered && !connection.underWay) {
            endPoint.setIdleTimeout(patience.toMillis());
          }
        });
  }

  /** The connection that {@code request} has come over; null if it has been closed. */
  static @Nullable CountedConnection of(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    if (endPoint instanceof EndPoint.Wrapper tls) {
      endPoint = tls.unwrap();
    }
    LimitedConnector connector = (LimitedConnector) request.getConnectionMetaData().getConnector();
    return connector.connections.get(endPoint);
  }

  /** Closes a connection for another, before Jetty has opened it or after. */
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
        log.debug("cannot close a connection", e);
      }
    }
  }

  /** Open connection. */
  static final class CountedConnection {
    private final ConnectionLimiter.Connection counted;
    private final Eviction eviction;
    private volatile boolean underWay;
    private volatile boolean answered;

    /** Whether the client has been waited for since its request began; of the request's thread. */
    private boolean waits;

    private CountedConnection(ConnectionLimiter.Connection counted, Eviction eviction) {
      this.counted = counted;
      this.eviction = eviction;
    }

    /** A request has begun: the connection still waits for the rest of it. */
    void begins() {
      underWay = true;
      waits = false;
    }

    /** The client has got on, and is waited for from now on. */
    void waitsForClient() {
      waits = true;
      counted.waiting();
    }

    /** The tower works on the request, and keeps the connection. */
    void works() {
      waits = false;
      counted.working();
    }

    /**
     * The request has been answered: the connection waits for the next, and has done so since its
     * response was sent. Counted from now on, it would pass for newer than connections whose
     * clients have got their responses later.
     */
    void ends() {
      if (!waits) {
        waitsForClient();
      }
      answered = true;
      underWay = false;
    }
  }
}
