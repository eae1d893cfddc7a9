package teos.teosd.http;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import teos.teosd.net.ConnectionLimiter;

/**
 * Port of an {@link HttpServer} whose connections are counted by a {@link ConnectionLimiter}. While
 * the tower works for as many as there may be, none is accepted: clients wait for their connection.
 */
final class LimitedConnector extends ServerConnector {

  private static final int ACCEPTORS = 1;
  private static final int SELECTORS = 1;

  private final ConnectionLimiter limiter;
  private final Map<EndPoint, Counted> connections = new ConcurrentHashMap<>();

  LimitedConnector(Server server, ConnectionLimiter limiter, ConnectionFactory... factories) {
    super(server, null, null, null, ACCEPTORS, SELECTORS, factories);
    this.limiter = limiter;
  }

  /** Runs on the acceptor's thread, which accepts no other connection before it has returned. */
  @Override
  protected void configure(Socket socket) {
    super.configure(socket);
    try {
      limiter.awaitRoom();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server stops; this connection is served
    }
  }

  @Override
  protected void onEndPointOpened(EndPoint endPoint) {
    super.onEndPointOpened(endPoint);
    InetSocketAddress peer = (InetSocketAddress) endPoint.getRemoteSocketAddress();
    connections.put(
        endPoint, new Counted(limiter.admit(peer.getAddress(), endPoint::close)));
  }

  @Override
  protected void onEndPointClosed(EndPoint endPoint) {
    Counted connection = connections.remove(endPoint);
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
  static @Nullable Counted of(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    if (endPoint instanceof EndPoint.Wrapper tls) {
      endPoint = tls.unwrap();
    }
    LimitedConnector connector =
        (LimitedConnector) request.getConnectionMetaData().getConnector();
    return connector.connections.get(endPoint);
  }

  /** Open connection. */
  static final class Counted {
    private final ConnectionLimiter.Connection counted;
    private volatile boolean underWay;
    private volatile boolean answered;

    private Counted(ConnectionLimiter.Connection counted) {
      this.counted = counted;
    }

    /** A request has begun: the connection still waits for the rest of it. */
    void begins() {
      underWay = true;
    }

    /** The client has got on, and is waited for from now on. */
    void waitsForClient() {
      counted.waiting();
    }

    /** The tower works on the request, and keeps the connection. */
    void works() {
      counted.working();
    }

    /** The request has been answered: the connection waits for the next. */
    void ends() {
      counted.waiting();
      answered = true;
      underWay = false;
    }
  }
}
