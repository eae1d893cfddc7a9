package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import teos.teosd.Eventually;

class ConnectionsTest {

  private static final String PING = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final int PATIENCE_MILLIS = 90_000;

  private Connections connections;
  private WebServer server;
  private final List<AutoCloseable> open = new ArrayList<>();

  private void start(int most, int mostOfOne, boolean trusted) {
    connections =
        new Connections(
            Http1Config.builder().buildPrototype(), most, mostOfOne, address -> trusted);
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .protocolsDiscoverServices(false)
            .addConnectionSelector(connections)
            .shutdownHook(false)
            .routing(
                routing ->
                    routing
                        .addFilter(connections::inUse)
                        .get("/ping", (request, response) -> response.send("pong")))
            .build()
            .start();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    server.stop();
    connections.close();
  }

  private Socket connect(String said) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    open.add(socket);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    byte[] bytes = new byte[1_000];
    int length = socket.getInputStream().read(bytes);
    return length < 0 ? "closed" : new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }

  /** Whether nothing comes any more; waits for long, and not for ever. */
  private static boolean isClosed(Socket socket) throws IOException {
    try {
      return answer(socket).equals("closed");
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  @Test
  void whoSendsNoWholeHeadIsPutOut() throws Exception {
    start(100, 100, true);
    List<Socket> slow = new ArrayList<>();
    for (String said : List.of("", "GET /pi", "GET /ping HTTP/1.1\r\nHost: ")) {
      slow.add(connect(said));
    }
    for (Socket socket : slow) {
      assertThat(isClosed(socket)).isTrue();
    }
    assertThat(answer(connect(PING))).startsWith("HTTP/1.1 200");
  }

  /** A head of which a byte comes now and then is as slow as one that does not come. */
  @Test
  void whoSendsDropByDropIsPutOut() throws Exception {
    start(100, 100, true);
    Socket socket = connect("GET /ping HTTP/1.1\r\n");
    Eventually.holds(
        "it is closed",
        () -> {
          try {
            socket.getOutputStream().write("X-A: a\r\n".getBytes(StandardCharsets.US_ASCII));
            return false;
          } catch (IOException e) {
            return true;
          }
        });
  }

  @Test
  void anAddressHasSoMany() throws Exception {
    start(100, 3, false);
    List<Socket> first = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      first.add(connect(PING));
      assertThat(answer(first.getLast())).startsWith("HTTP/1.1 200");
    }
    assertThat(isClosed(connect(PING))).isTrue();
    first.getFirst().close();
    Eventually.holds("there is room again", () -> answersPing());
  }

  private boolean answersPing() {
    try {
      return answer(connect(PING)).startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false;
    }
  }

  /** Ten thousand, where the system lets one program have so many. */
  @Test
  void manyIdleConnectionsKeepNobodyOut() throws Exception {
    start(500, 500, true);
    Socket busy = connect("");
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long room = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 1_500;
    int count = (int) Math.min(10_000, room);
    for (int i = 0; i < count; i++) {
      SocketChannel idle = SocketChannel.open();
      open.add(idle);
      idle.setOption(StandardSocketOptions.SO_LINGER, 0);
      idle.connect(new InetSocketAddress("127.0.0.1", server.port()));
      if (i % 1_000 == 0) {
        assertThat(answer(connect(PING))).startsWith("HTTP/1.1 200");
      }
    }
    assertThat(answer(connect(PING))).startsWith("HTTP/1.1 200");
    assertThat(isClosed(busy)).as("the one that has waited longest").isTrue();
  }
}
