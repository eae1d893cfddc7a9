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

/**
 * HTTP clients for bitcoind's calls, by how long an answer may take. They share their connections.
 */
final class RpcHttpClients {

  /** Within which a bitcoind that is alive says so. */
  static final Duration PING_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** bitcoind closes connections that were idle for 30 s (its -rpcservertimeout). */
  private static final Duration KEPT = Duration.ofSeconds(20);

  private static final int MAX_IDLE = 8;

  private final ConnectionPool connections =
      new ConnectionPool(MAX_IDLE, KEPT.toMillis(), TimeUnit.MILLISECONDS);

  private final OkHttpClient cheap =
      new OkHttpClient.Builder()
          .connectionPool(connections)
          .socketFactory(new PromptSockets())
          .protocols(List.of(Protocol.HTTP_1_1))
          .proxy(Proxy.NO_PROXY)
          .followRedirects(false)
          .connectTimeout(CONNECT_TIMEOUT)
          .readTimeout(Duration.ofSeconds(15))
          .callTimeout(Duration.ofSeconds(15))
          .build();

  private final OkHttpClient prompt =
      cheap
          .newBuilder()
          .connectTimeout(PING_TIMEOUT)
          .readTimeout(PING_TIMEOUT)
          .callTimeout(PING_TIMEOUT)
          .build();

  private final OkHttpClient checked =
      cheap
          .newBuilder()
          .readTimeout(Duration.ofSeconds(30))
          .callTimeout(Duration.ofSeconds(30))
          .build();

  private final OkHttpClient large =
      cheap
          .newBuilder()
          .readTimeout(Duration.ofSeconds(30))
          .callTimeout(Duration.ofMinutes(5))
          .build();

  /** For what bitcoind looks up in memory. */
  OkHttpClient cheap() {
    return cheap;
  }

  /** For {@link BitcoindRpc#ping}. */
  OkHttpClient prompt() {
    return prompt;
  }

  /** A transaction is checked, which waits for a block that is being checked. */
  OkHttpClient checked() {
    return checked;
  }

  /** For many calls at once, and for whole blocks, which come from its disk. */
  OkHttpClient large() {
    return large;
  }

  /** Closes all connections that are not in use. */
  void evictAll() {
    connections.evictAll();
  }

  /**
   * Socket of a client, at whose other end HTTP is spoken. TLS, gRPC and ZMQ begin with bytes that
   * OkHttp takes for the beginning of a line, and waits for the rest of.
   */
  private static final class HttpSocket extends Socket {

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        private boolean begun;

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
          int count = super.read(to, offset, length);
          if (!begun && count > 0) {
            if (to[offset] != 'H') {
              throw new ProtocolException("no HTTP");
            }
            begun = true;
          }
          return count;
        }
      };
    }
  }

  /**
   * Sockets that send at once (TCP_NODELAY). A request of several writes would otherwise wait 40 ms
   * for bitcoind's acknowledgement of the first.
   */
  private static final class PromptSockets extends SocketFactory {

    @Override
    public Socket createSocket() throws IOException {
      Socket socket = new HttpSocket();
      socket.setTcpNoDelay(true);
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException("connected by the client");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("connected by the client");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException("connected by the client");
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException("connected by the client");
    }
  }
}
