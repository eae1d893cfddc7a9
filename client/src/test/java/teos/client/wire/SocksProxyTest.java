package teos.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.client.json.JsonText;

/** Host names must reach the proxy unresolved, as a local lookup would reveal the tower. */
class SocksProxyTest {

  private static final String ONION = "a".repeat(56) + ".onion";

  /** SOCKS5 proxy (RFC 1928) that connects to one port only and records the requested hosts. */
  private static final class Proxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    final List<String> requestedHosts = new CopyOnWriteArrayList<>();

    Proxy(int target) throws IOException {
      this.target = target;
      startThread(this::accept);
    }

    private static Thread startThread(Runnable work) {
      Thread thread = new Thread(work, "proxy");
      thread.setDaemon(true);
      thread.start();
      return thread;
    }

    private void accept() {
      try {
        while (true) {
          Socket client = server.accept();
          startThread(() -> serve(client));
        }
      } catch (IOException e) {
        // closed
      }
    }

    private void serve(Socket client) {
      try (client;
          Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target)) {
        DataInputStream in = new DataInputStream(client.getInputStream());
        OutputStream out = client.getOutputStream();
        in.readByte(); // version
        in.readFully(new byte[in.readByte()]);
        out.write(new byte[] {5, 0}); // no authentication
        in.readFully(new byte[3]); // version, CONNECT, reserved
        int type = in.readByte();
        byte[] name = new byte[type == 3 ? in.readUnsignedByte() : type == 1 ? 4 : 16];
        in.readFully(name);
        int port = in.readUnsignedShort();
        requestedHosts.add(
            (type == 3 ? new String(name, StandardCharsets.US_ASCII) : "an address") + ":" + port);
        out.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        Thread back = startThread(() -> copy(upstream, client));
        copy(client, upstream);
        back.join();
      } catch (IOException | InterruptedException e) {
        // the client has closed the connection
      }
    }

    private static void copy(Socket from, Socket to) {
      try {
        from.getInputStream().transferTo(to.getOutputStream());
        to.shutdownOutput();
      } catch (IOException e) {
        // the other side has closed the connection
      }
    }

    SocksProxy socks(String scheme) {
      return SocksProxy.parse(scheme + "://127.0.0.1:" + server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"socks5", "socks5h", "SOCKS5"})
  void post_throughProxy_passesTheHostName(String scheme) throws Exception {
    HttpServer tower =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tower.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(StandardCharsets.US_ASCII));
          exchange.close();
        });
    tower.start();
    try (Proxy proxy = new Proxy(tower.getAddress().getPort());
        Http http =
            new Http(Optional.of(proxy.socks(scheme)), Optional.empty(), Duration.ofMinutes(5))) {
      TowerAddress address = TowerAddress.parse(ONION + ":9814", 1);
      assertThat(http.post(address, "/register", JsonText.newObject()).recorded().status())
          .isEqualTo(200);
      TowerAddress named = TowerAddress.parse("tower.example", 9814);
      assertThat(http.get(named, "/ping").recorded().status()).isEqualTo(200);
      assertThat(proxy.requestedHosts).containsExactly(ONION + ":9814", "tower.example:9814");
    } finally {
      tower.stop(0);
    }
  }

  @Test
  void get_onionWithoutProxy_isNotResolved() {
    try (Http http = new Http(Optional.empty(), Optional.empty(), Duration.ofMinutes(5))) {
      assertThatThrownBy(() -> http.get(TowerAddress.parse(ONION, 9814), "/ping"))
          .isInstanceOf(UnreachableException.class)
          .hasMessageContaining("needs a proxy");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:1",
        "localhost:9050",
        "socks4://a:1",
        "socks5://",
        "socks5://u@h:1",
        "socks5://h:x",
        ""
      })
  void parse_otherProxies_areRefused(String text) {
    assertThatThrownBy(() -> SocksProxy.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, http://localhost:9814",
    "localhost:1, http://localhost:1",
    "127.0.0.1, http://127.0.0.1:9814",
    "[::1], http://[::1]:9814",
    "[::1]:8080, http://[::1]:8080",
    "::1, http://[::1]:9814",
    "https://tower.example, https://tower.example:9814",
    "https://tower.example:443/, https://tower.example:443",
    "HTTP://Tower.Example:1, http://tower.example:1",
    "türm.example, http://xn--trm-hoa.example:9814"
  })
  void parse_validAddress(String text, String address) {
    assertThat(TowerAddress.parse(text, 9814)).hasToString(address);
    assertThat(TowerAddress.parse(address, 1)).isEqualTo(TowerAddress.parse(text, 9814));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "h:", "h:0", "h:65536", "h:x", "[::1", "[::1]x", "ftp://h", "h/path", "a b", "h:1:"
      })
  void parse_invalidAddress_isRefused(String text) {
    assertThatThrownBy(() -> TowerAddress.parse(text, 9814))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
