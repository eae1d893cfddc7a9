package teos.teosd.net;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.teosd.net.ConnectionLimiter.Connection;

/**
 * Server socket whose connections are counted by a {@link ConnectionLimiter}, for a server that
 * tells nothing of what it does with them: each counts as waiting for its client since the last
 * byte that has come from there.
 */
public final class LimitedServerSocket extends ServerSocket {

  private static final Logger log = LoggerFactory.getLogger(LimitedServerSocket.class);
  private static final Duration RETRY = Duration.ofMillis(100);

  private final ConnectionLimiter limiter;

  private LimitedServerSocket(ConnectionLimiter limiter) throws IOException {
    this.limiter = limiter;
  }

  /** Makes unbound ones. */
  public static ServerSocketFactory factory(ConnectionLimiter limiter) {
    return new Factory(limiter);
  }

  /**
   * Waits until there is a connection that can be accepted. Fails only where no later call could do
   * better: gRPC's server accepts no more after the first failure, and says so to nobody.
   */
  @Override
  public Socket accept() throws IOException {
    while (true) {
      CountedSocket socket = new CountedSocket();
      try {
        implAccept(socket);
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        socket.closeUncounted();
        if (isClosed() || !isBound() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        log.atWarn().addKeyValue("error", e.getMessage()).log("connection cannot be accepted");
        pause();
        continue;
      }
      Optional<Connection> counted =
          limiter.register(socket.getInetAddress(), socket::closeUncounted);
      if (counted.isPresent()) {
        socket.connection = counted.get();
        return socket;
      }
      socket.closeUncounted();
    }
  }

  /** Out of file descriptors, most likely, and asking again at once would not help. */
  private static void pause() {
    try {
      Thread.sleep(RETRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class CountedSocket extends Socket {
    private volatile @Nullable Connection connection;

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          return heard(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          return heard(super.read(bytes, offset, length));
        }
      };
    }

    private int heard(int read) {
      Connection counted = connection;
      if (counted != null && read >= 0) {
        counted.waiting();
      }
      return read;
    }

    private void closeUncounted() {
      try {
        super.close();
      } catch (IOException e) {
        // as gone as it can be
      }
    }

    @Override
    public synchronized void close() throws IOException {
      Connection counted = connection;
      if (counted != null) {
        counted.close();
      }
      super.close();
    }
  }

  private static final class Factory extends ServerSocketFactory {
    private final ConnectionLimiter limiter;

    Factory(ConnectionLimiter limiter) {
      this.limiter = limiter;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return new LimitedServerSocket(limiter);
    }

    @Override
    public ServerSocket createServerSocket(int port) {
      throw unbound();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
      throw unbound();
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
      throw unbound();
    }

    private static UnsupportedOperationException unbound() {
      return new UnsupportedOperationException("only unbound sockets are made");
    }
  }
}
