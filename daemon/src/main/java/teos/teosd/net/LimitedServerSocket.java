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
 * does not report when it is processing them: each counts as waiting since the last byte from its
 * client.
 */
public final class LimitedServerSocket extends ServerSocket {

  private static final Logger log = LoggerFactory.getLogger(LimitedServerSocket.class);
  private static final Duration RETRY = Duration.ofMillis(100);

  private final ConnectionLimiter limiter;

  private LimitedServerSocket(ConnectionLimiter limiter) throws IOException {
    this.limiter = limiter;
  }

  /** Returns a factory for unbound sockets. */
  public static ServerSocketFactory factory(ConnectionLimiter limiter) {
    return new Factory(limiter);
  }

  /**
   * Blocks until a connection can be accepted. Retries after failures that may be temporary,
   * because gRPC's server silently stops accepting after the first failure.
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

  /** Waits before the next accept: the process has probably run out of file descriptors. */
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
          return recordRead(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          return recordRead(super.read(bytes, offset, length));
        }
      };
    }

    private int recordRead(int read) {
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
        // nothing more can be done
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
      return new UnsupportedOperationException("only unbound sockets are supported");
    }
  }
}
