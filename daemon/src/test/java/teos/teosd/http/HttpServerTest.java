package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.teosd.Eventually;
import teos.teosd.net.ConnectionLimiter;
import teos.testkit.TestTimeouts;

class HttpServerTest {

  private static final String PING = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";

  private final List<AutoCloseable> open = new ArrayList<>();
  private final CountDownLatch working = new CountDownLatch(1);
  private final CountDownLatch mayRespond = new CountDownLatch(1);
  private final CompletableFuture<Void> streamFailed = new CompletableFuture<>();

  @SuppressWarnings("NullAway.Init") // every test starts it
  private HttpServer server;

  private int port;

  private void start(ConnectionLimiter limiter) throws IOException {
    server =
        new HttpServer(
            "test",
            this::handle,
            (status, reason) -> new HttpServer.ErrorFormat.Body("text/plain", reason),
            Duration.ofSeconds(30));
    HttpServer.Port listened = server.listen("test", "127.0.0.1", 0, null, limiter);
    server.start();
    port = listened.number();
  }

  private void start() throws IOException {
    start(new ConnectionLimiter(500, 500, address -> true));
  }

  private void handle(HttpExchange exchange) throws IOException {
    switch (exchange.path()) {
      case "/ping" -> text(exchange, "pong");
      case "/echo" -> exchange.send(200, "text/plain", exchange.body().readAllBytes());
      case "/slow" -> {
        working.countDown();
        await(mayRespond);
        text(exchange, "late");
      }
      case "/page" -> {
        try {
          exchange.send(200, "text/plain", new byte[32 * 1024]);
        } catch (IOException e) {
          streamFailed.complete(null);
          throw e;
        }
      }
      case "/endless" -> {
        byte[] chunk = new byte[64 * 1024];
        try (OutputStream out = exchange.stream("text/plain")) {
          while (true) {
            out.write(chunk);
            working.countDown();
          }
        } catch (IOException e) {
          streamFailed.complete(null);
          throw e;
        }
      }
      default -> exchange.send(404);
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static void text(HttpExchange exchange, String text) throws IOException {
    exchange.send(200, "text/plain", text.getBytes(StandardCharsets.US_ASCII));
  }

  @AfterEach
  void stop() throws Exception {
    mayRespond.countDown();
    for (AutoCloseable each : open) {
      each.close();
    }
    server.close();
  }

  private Socket connect(String request) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    open.add(socket);
    socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
    send(socket, request);
    return socket;
  }

  private static void send(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String response(Socket socket) throws IOException {
    byte[] bytes = new byte[1_000];
    int length = socket.getInputStream().read(bytes);
    return length < 0 ? "closed" : new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }

  /** Returns whether the server has closed the connection; waits for up to {@link TestTimeouts}. */
  private static boolean isClosed(Socket socket) throws IOException {
    try {
      return response(socket).equals("closed");
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  /** rust-teos's plugin opens connections in bursts, and sends its requests later. */
  @Test
  @Tag("slow")
  void connectionThatSendsLate_isAnswered() throws Exception {
    start();
    Socket silent = connect("");
    Socket half = connect("GET /ping HTTP/1.1\r\nHos");
    Thread.sleep(Duration.ofSeconds(25)); // an earlier version closed it after 20 s
    send(silent, PING);
    send(half, "t: a\r\n\r\n");
    assertThat(response(silent)).startsWith("HTTP/1.1 200");
    assertThat(response(half)).startsWith("HTTP/1.1 200");
  }

  @Test
  void addressOverItsLimit_losesItsOldestIdleConnection() throws Exception {
    start(new ConnectionLimiter(100, 3, address -> false));
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sockets.add(connect(PING));
      assertThat(response(sockets.getLast())).startsWith("HTTP/1.1 200");
    }
    assertThat(isClosed(sockets.getFirst())).isTrue();
    send(sockets.getLast(), PING);
    assertThat(response(sockets.getLast())).startsWith("HTTP/1.1 200");
  }

  /** No connection is evicted for others of the same burst before its request has been read. */
  @Test
  @Tag("slow")
  void burstOverTheConnectionLimit_isAnswered() throws Exception {
    start(new ConnectionLimiter(50, 50, address -> true));
    List<Socket> burst = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      burst.add(connect(PING));
    }
    for (Socket socket : burst) {
      assertThat(response(socket)).startsWith("HTTP/1.1 200");
    }
  }

  /** Ten thousand if the system allows as many descriptors; half of them begin a request. */
  @Test
  @Tag("slow")
  void manyIdleConnections_keepNobodyOut() throws Exception {
    start();
    Socket oldest = connect("");
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long room = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 1_500;
    int count = (int) Math.min(10_000, room);
    for (int i = 0; i < count; i++) {
      SocketChannel idle = SocketChannel.open();
      open.add(idle);
      idle.setOption(StandardSocketOptions.SO_LINGER, 0);
      idle.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      if (i % 2 == 0) {
        idle.write(
            ByteBuffer.wrap("POST / HTTP/1.1\r\nHost: a\r\nX".getBytes(StandardCharsets.US_ASCII)));
      }
      if (i % 1_000 == 0) {
        assertThat(response(connect(PING))).startsWith("HTTP/1.1 200");
      }
    }
    assertThat(response(connect(PING))).startsWith("HTTP/1.1 200");
    assertThat(isClosed(oldest)).as("the longest waiting one").isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: 2, 3\r\n\r\n{}x",
        "Content-Length: 0x2\r\n\r\n{}",
        "Content-Length: -2\r\n\r\n{}",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length : 2\r\n\r\n{}",
      })
  void ambiguousFraming_isRefused(String rest) throws Exception {
    start();
    Socket socket = connect("POST /echo HTTP/1.1\r\nHost: a\r\n" + rest);
    assertThat(response(socket)).startsWith("HTTP/1.1 400");
    assertThat(isClosed(socket)).isTrue();
  }

  /** nginx uses HTTP/1.0 to its upstream by default, and so do most health checks. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /ping HTTP/1.0\r\n\r\n",
        "GET /ping HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 4\r\n\r\npong",
      })
  void http10_isAnswered(String request) throws Exception {
    start();
    Socket socket = connect(request);
    String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(all).matches("(?s)HTTP/1\\.[01] 200.*pong");
  }

  @Test
  @Tag("slow")
  void stoppingServer_answersRequestsInProgressAndOnOpenConnections() throws Exception {
    start();
    Socket inProgress = connect("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    working.await();
    Socket connected = connect("");
    Eventually.holds(
        "the other connection is accepted", () -> response(connect(PING)).contains("200"));
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
    Eventually.holds("no new connection is accepted", () -> !canConnect());
    send(connected, PING);
    assertThat(response(connected)).startsWith("HTTP/1.1 200").containsIgnoringCase("close");
    assertThat(stopped).isNotDone();
    mayRespond.countDown();
    assertThat(response(inProgress)).startsWith("HTTP/1.1 200");
    stopped.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  private boolean canConnect() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  @Tag("slow")
  void clientThatDoesNotReadItsResponse_isDisconnected() throws Exception {
    start();
    connect("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    streamFailed.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Each response is in memory completely, and every connection may have one. */
  @Test
  @Tag("slow")
  void clientThatDoesNotReadItsResponses_isDisconnected() throws Exception {
    start();
    connect("GET /page HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2_000));
    streamFailed.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void clientThatDoesNotReadItsResponse_makesRoomForOthers() throws Exception {
    start(new ConnectionLimiter(1, 1, address -> true));
    connect("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    working.await();
    assertThat(response(connect(PING))).startsWith("HTTP/1.1 200");
    streamFailed.get(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
  }
}
