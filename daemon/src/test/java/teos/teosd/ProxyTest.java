package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.ReverseProxy;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** A tower behind a real nginx and a real Caddy, with the configurations of docs/reaching.md. */
@Tag("bitcoind")
@Timeout(TestTimeouts.TEST_SECONDS)
class ProxyTest {

  private static final int REGISTRATIONS = 10;
  private static final Locator LOCATOR = Locator.fromHex("0a".repeat(16));

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  private static RunningTower tower;
  private static int webPort;
  private static SSLContext trust;

  @TempDir private static Path dataDir;
  @TempDir private static Path certificates;
  @TempDir private Path folder;

  private final int tlsPort = free();
  private final int plainPort = free();
  private final int watchPort = free();

  @SuppressWarnings("NullAway.Init") // each test starts it
  private ReverseProxy proxy;

  /** Proxies for which the documentation has a configuration. */
  enum Kind {
    NGINX,
    CADDY
  }

  @BeforeAll
  static void start() throws Exception {
    ServerTls.start(
            new CertificateFolder(new CertificatePaths(certificates)), InstantSource.system())
        .close();
    trust = ReachTest.trusting(certificates.resolve("ca.pem"));
    webPort = FreePort.find();
    tower =
        RunningTower.start(
            bitcoind,
            dataDir,
            Map.of(
                "api_proxies",
                "127.0.0.1",
                "web_port",
                Integer.toString(webPort),
                "web_hosts",
                "watch.example",
                "limit_registrations",
                Integer.toString(REGISTRATIONS)));
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
  }

  @AfterEach
  void stopProxy() {
    if (proxy != null) {
      proxy.close();
    }
  }

  private static int free() {
    try {
      return FreePort.find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the code blocks of docs/reaching.md that are marked as {@code language}. */
  private static List<String> documented(String language) throws Exception {
    String page = Files.readString(PythonClient.root().resolve("docs/reaching.md"));
    Matcher matcher =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(page);
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  /** Starts the proxy, with the tower's API at {@code apiPort}. */
  private void startProxy(Kind kind, int apiPort) throws Exception {
    String certificate = certificates.resolve("server.pem").toString();
    String key = certificates.resolve("server-key.pem").toString();
    if (kind == Kind.CADDY) {
      String site =
          documented("caddy").getFirst().replace("127.0.0.1:9814", "127.0.0.1:" + apiPort);
      String addresses = "tower.example, http://tower.example {";
      String tls = "https://:" + tlsPort + " {\n  tls " + certificate + " " + key;
      proxy =
          ReverseProxy.caddy(
              folder,
              site.replace(addresses, tls) + site.replace(addresses, "http://:" + plainPort + " {"),
              tlsPort);
      return;
    }
    Files.writeString(folder.resolve("htpasswd"), "operator:{PLAIN}secret\n");
    List<String> servers = documented("nginx");
    String all =
        servers.get(0).replace("listen 443", "listen 127.0.0.1:" + tlsPort)
            + servers.get(1).replace("listen 443", "listen 127.0.0.1:" + watchPort);
    proxy =
        ReverseProxy.nginx(
            folder,
            all.replace("listen 80", "listen 127.0.0.1:" + plainPort)
                .replaceAll("/etc/letsencrypt/live/[a-z.]+/fullchain.pem", certificate)
                .replaceAll("/etc/letsencrypt/live/[a-z.]+/privkey.pem", key)
                .replace("/etc/nginx/tower.htpasswd", folder.resolve("htpasswd").toString())
                .replace("127.0.0.1:9814", "127.0.0.1:" + apiPort)
                .replace("127.0.0.1:9815", "127.0.0.1:" + webPort),
            tlsPort);
  }

  private static HttpClient http() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(trust)
        .connectTimeout(TestTimeouts.EVENT)
        .build();
  }

  private static TowerUser user(HttpClient http, String scheme, int port, Dialect dialect) {
    return new TowerUser(
        http,
        URI.create(scheme + "://localhost:" + port),
        dialect,
        SecretKey.generate(new SecureRandom()));
  }

  @ParameterizedTest
  @EnumSource
  void servesUsersThroughProxy(Kind kind) throws Exception {
    startProxy(kind, tower.api().getPort());
    try (HttpClient http = http()) {
      for (Dialect dialect : Dialect.values()) {
        for (TowerUser user :
            List.of(
                user(http, "https", tlsPort, dialect), user(http, "http", plainPort, dialect))) {
          assertThat(user.register().status()).isEqualTo(200);
          assertThat(
                  user.sendForReceipt(new Appointment(LOCATOR, new byte[500_000], 20)).signedBy())
              .isEqualTo(tower.id());
          assertThat(user.get(LOCATOR).json().path("status").asText()).isEqualTo("being_watched");
          assertThat(user.get(Locator.fromHex("0b".repeat(16))).status()).isEqualTo(404);
          assertThat(user.subscription().status()).isEqualTo(200);
        }
      }
    }
  }

  /** All clients retry after this error: docs/compatibility.md. */
  @ParameterizedTest
  @EnumSource
  void towerDown_proxyAnswersWithRetryableError(Kind kind) throws Exception {
    startProxy(kind, FreePort.find());
    try (HttpClient http = http()) {
      TowerUser user = user(http, "https", tlsPort, Dialect.V2);
      TowerUser.Reply reply = user.send(new Appointment(LOCATOR, new byte[100], 20));
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.json().path("error_code").asInt()).isEqualTo(7);
      assertThat(answer("localhost", tlsPort, "/ping", "").lines().toList())
          .contains("Retry-After: 10");
    }
  }

  /** Only the rightmost part of the header, which nginx adds itself, counts. */
  @Test
  void rateLimitsUseAddressFromNginx() throws Exception {
    startProxy(Kind.NGINX, tower.api().getPort());
    int refused = 0;
    for (int i = 0; i < REGISTRATIONS + 2; i++) {
      // nginx appends 127.0.0.1, the address of a configured proxy; the address to its left counts.
      if (!register("X-Forwarded-For: 198.51.100." + i + ", 203.0.113.9\r\n").contains(" 200 ")) {
        refused++;
      }
    }
    assertThat(refused).isEqualTo(2);
    assertThat(register("X-Forwarded-For: 203.0.113.10\r\n")).contains(" 200 ");
  }

  private String register(String headers) throws Exception {
    String body =
        "{\"user_id\":\"" + SecretKey.generate(new SecureRandom()).publicKey().toHex() + "\"}";
    try (SSLSocket socket =
        (SSLSocket) trust.getSocketFactory().createSocket("localhost", tlsPort)) {
      send(
          socket,
          "POST /register HTTP/1.1\r\nHost: tower.example\r\nConnection: close\r\n"
              + headers
              + "Content-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
      return reader(socket).readLine();
    }
  }

  @Test
  void servesDashboardAndEventsThroughNginx() throws Exception {
    startProxy(Kind.NGINX, tower.api().getPort());
    String login = "Authorization: Basic b3BlcmF0b3I6c2VjcmV0\r\n";
    assertThat(answer("watch.example", watchPort, "/", "")).startsWith("HTTP/1.1 401 ");
    assertThat(answer("attacker.example", watchPort, "/", login)).startsWith("HTTP/1.1 421 ");
    assertThat(answer("watch.example", watchPort, "/", login))
        .startsWith("HTTP/1.1 200 ")
        .contains("</html>");
    assertThat(answer("watch.example", watchPort, "/health/ready", login))
        .contains("{\"status\":\"ok\",\"faults\":[]}");
    try (SSLSocket socket =
        (SSLSocket) trust.getSocketFactory().createSocket("localhost", watchPort)) {
      socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
      send(socket, get("watch.example", "/api/events", login));
      BufferedReader lines = reader(socket);
      assertThat(lines.readLine()).startsWith("HTTP/1.1 200 ");
      awaitData(lines); // the current state
      bitcoind.mine(1);
      awaitData(lines);
    }
  }

  /** Reads events until one has bitcoind's height. */
  private static void awaitData(BufferedReader lines) throws Exception {
    String height = "\"height\":" + bitcoind.height();
    String line = "";
    while (!(line.startsWith("data:") && line.contains(height))) {
      line = lines.readLine();
      assertThat(line).as("stream continues until " + height).isNotNull();
    }
  }

  private static String get(String host, String path, String headers) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: "
        + host
        + "\r\nConnection: close\r\n"
        + headers
        + "\r\n";
  }

  /** Sends a GET request and returns the whole response. */
  private static String answer(String host, int port, String path, String headers)
      throws Exception {
    try (SSLSocket socket = (SSLSocket) trust.getSocketFactory().createSocket("localhost", port)) {
      socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
      send(socket, get(host, path, headers));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void send(SSLSocket socket, String request) throws Exception {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  private static BufferedReader reader(SSLSocket socket) throws Exception {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }
}
