package teos.bitcoin;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/** HTTP clients for bitcoind's calls, one for each timeout. They share a connection pool. */
final class RpcHttpClients {

  /** Timeout of a liveness check. */
  static final Duration PING_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Less than the 30 s after which bitcoind closes idle connections (-rpcservertimeout). */
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(20);

  private static final int MAX_IDLE_CONNECTIONS = 8;

  private final ConnectionPool connections =
      new ConnectionPool(MAX_IDLE_CONNECTIONS, IDLE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);

  private final OkHttpClient lookups =
      new OkHttpClient.Builder()
          .connectionPool(connections)
          .socketFactory(new NoDelaySockets())
          .protocols(List.of(Protocol.HTTP_1_1))
          .proxy(Proxy.NO_PROXY)
          .followRedirects(false)
          .connectTimeout(CONNECT_TIMEOUT)
          .readTimeout(Duration.ofSeconds(15))
          .callTimeout(Duration.ofSeconds(15))
          .build();

  private final OkHttpClient pings =
      lookups
          .newBuilder()
          .connectTimeout(PING_TIMEOUT)
          .readTimeout(PING_TIMEOUT)
          .callTimeout(PING_TIMEOUT)
          .build();

  private final OkHttpClient broadcasts =
      lookups
          .newBuilder()
          .readTimeout(Duration.ofSeconds(30))
          .callTimeout(Duration.ofSeconds(30))
          .build();

  private final OkHttpClient bulk =
      lookups
          .newBuilder()
          .readTimeout(Duration.ofSeconds(30))
          .callTimeout(Duration.ofMinutes(5))
          .build();

  /** Returns the client for calls that bitcoind answers from memory: 15 s. */
  OkHttpClient lookups() {
    return lookups;
  }

  /** Returns the client for {@link BitcoindRpc#ping}: 2 s. */
  OkHttpClient pings() {
    return pings;
  }

  /**
   * Returns the client for broadcasts: 30 s, because bitcoind validates a transaction only after
   * the block that it is validating.
   */
  OkHttpClient broadcasts() {
    return broadcasts;
  }

  /**
   * Returns the client for batches and for whole blocks, which bitcoind reads from disk: 30 s for
   * each read, 5 min together.
   */
  OkHttpClient bulk() {
    return bulk;
  }

  /** Closes all idle connections. */
  void evictAll() {
    connections.evictAll();
  }

  /**
   * Socket that fails at once if the server does not speak HTTP. OkHttp would take the first bytes
   * of TLS, gRPC or ZMQ for the start of a status line, and wait for the rest of it.
   */
  private static final class HttpSocket extends Socket {

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        private boolean started;

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
          int count = super.read(buffer, offset, length);
          if (!started && count > 0) {
            if (buffer[offset] != 'H') {
              throw new ProtocolException("no HTTP");
            }
            started = true;
          }
          return count;
        }
      };
    }
  }

  /**
   * Creates sockets with TCP_NODELAY. A request of several writes would otherwise wait 40 ms for
   * bitcoind's acknowledgement of the first.
   */
  private static final class NoDelaySockets extends SocketFactory {

    @Override
    public Socket createSocket() throws IOException {
      Socket socket = new HttpSocket();
      socket.setTcpNoDelay(true);
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException("OkHttp connects its sockets");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("OkHttp connects its sockets");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException("OkHttp connects its sockets");
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("OkHttp connects its sockets");
    }
  }
}
