package teos.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import teos.benchmarks.load.ReplyReader.NothingCameException;

/**
 * A connection to the tower that is kept open, and opened again when the tower has closed it. For
 * one thread; any may {@link #close} it.
 *
 * <p>No timeout is set: with one, Java polls the socket before each read. Who waits for a tower
 * that may not answer closes the connection.
 */
final class TowerConnection implements AutoCloseable {

  private final URI api;
  private final ReplyReader reply = new ReplyReader();
  private volatile @Nullable Socket socket;
  private volatile boolean closed;
  private int opened;

  /**
   * @param api where the tower's public API is: {@code http://HOST:PORT}
   */
  TowerConnection(URI api) {
    this.api = api;
  }

  /**
   * Sends {@code request} and reads the answer. If the tower has closed the connection meanwhile,
   * as it may while there is nothing to do, the request is sent once more over a new one: each of a
   * tower's calls may be.
   *
   * @return the answer, until the next call
   */
  ReplyReader exchange(byte[] request) throws IOException {
    Socket known = socket;
    if (known == null) {
      return exchange(open(), request);
    }
    try {
      return exchange(known, request);
    } catch (NothingCameException | SocketException e) {
      return exchange(open(), request);
    }
  }

  private ReplyReader exchange(Socket to, byte[] request) throws IOException {
    try {
      to.getOutputStream().write(request);
      reply.read(to.getInputStream());
    } catch (IOException e) {
      forget();
      throw e;
    }
    if (!reply.lasts()) {
      forget();
    }
    return reply;
  }

  /** How often it has been opened. */
  int opened() {
    return opened;
  }

  private Socket open() throws IOException {
    if (closed) {
      throw new SocketException("closed");
    }
    try {
      Socket made = new Socket(InetAddress.getByName(api.getHost()), api.getPort());
      made.setTcpNoDelay(true);
      socket = made;
      opened++;
      return made;
    } catch (IOException e) {
      throw new IOException("cannot connect to " + api + ": " + e.getMessage(), e);
    }
  }

  private void forget() {
    Socket known = socket;
    socket = null;
    if (known != null) {
      try {
        known.close();
      } catch (IOException e) {
        // nothing is lost with it
      }
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    forget();
  }
}
