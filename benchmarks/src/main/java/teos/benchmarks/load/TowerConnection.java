package teos.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import teos.benchmarks.load.ReplyReader.NoResponseException;

/**
 * Keep-alive connection to the tower that reconnects after the tower has closed it. Used by one
 * thread; any thread may {@link #close} it.
 *
 * <p>The socket has no timeout, because with a timeout Java polls the socket before each read. To
 * stop waiting for a tower that does not respond, close the connection.
 */
final class TowerConnection implements AutoCloseable {

  private final URI api;
  private final ReplyReader reply = new ReplyReader();
  private volatile @Nullable Socket socket;
  private volatile boolean closed;
  private int connects;

  /**
   * @param api where the tower's public API is: {@code http://HOST:PORT}
   */
  TowerConnection(URI api) {
    this.api = api;
  }

  /**
   * Sends {@code request} and reads the response. If the tower has closed the idle connection, the
   * request is sent again over a new one, which every call of the API permits.
   *
   * @return the response, valid until the next call
   */
  ReplyReader exchange(byte[] request) throws IOException {
    Socket known = socket;
    if (known == null) {
      return exchange(open(), request);
    }
    try {
      return exchange(known, request);
    } catch (NoResponseException | SocketException e) {
      return exchange(open(), request);
    }
  }

  private ReplyReader exchange(Socket to, byte[] request) throws IOException {
    try {
      to.getOutputStream().write(request);
      reply.read(to.getInputStream());
    } catch (IOException e) {
      closeSocket();
      throw e;
    }
    if (!reply.keepAlive()) {
      closeSocket();
    }
    return reply;
  }

  /** Returns how often the connection was opened. */
  int connects() {
    return connects;
  }

  private Socket open() throws IOException {
    if (closed) {
      throw new SocketException("closed");
    }
    try {
      Socket made = new Socket(InetAddress.getByName(api.getHost()), api.getPort());
      made.setTcpNoDelay(true);
      socket = made;
      connects++;
      return made;
    } catch (IOException e) {
      throw new IOException("cannot connect to " + api + ": " + e.getMessage(), e);
    }
  }

  private void closeSocket() {
    Socket known = socket;
    socket = null;
    if (known != null) {
      try {
        known.close();
      } catch (IOException e) {
        // the connection is discarded anyway
      }
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    closeSocket();
  }
}
