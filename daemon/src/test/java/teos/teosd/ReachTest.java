package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.config.Config;
import teos.protocol.Dialect;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;
import teos.teosd.node.PublicEndpoints;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TestTimeouts;
import teos.testkit.Tor;
import teos.testkit.junit.TestBitcoind;

/** How clients reach the public API: TLS, an onion address and configured proxies. */
@Tag("bitcoind")
@Timeout(TestTimeouts.TEST_SECONDS)
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class ReachTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;
  @TempDir Path files;
  @TempDir Path others;

  @BeforeEach
  void makeCertificates() throws Exception {
    make(files);
  }

  /** Creates a CA and a certificate for this machine, signed by it. */
  private static void make(Path folder) throws Exception {
    ServerTls.start(new CertificateFolder(new CertificatePaths(folder)), InstantSource.system())
        .close();
  }

  private RunningTower tower(Map<String, String> more) throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("api_tls_certificate", files.resolve("server.pem").toString());
    settings.put("api_tls_key", files.resolve("server-key.pem").toString());
    return RunningTower.start(bitcoind, dataDir, settings);
  }

  private static Certificate certificate(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  static SSLContext trusting(Path ca) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("ca", certificate(ca));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private SSLSocket connect(RunningTower tower, Path ca, String... protocols) throws Exception {
    SSLSocket socket =
        (SSLSocket)
            trusting(ca).getSocketFactory().createSocket("localhost", tower.api().getPort());
    socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    if (protocols.length > 0) {
      parameters.setProtocols(protocols);
    }
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static String ping(Socket socket) throws Exception {
    socket
        .getOutputStream()
        .write("GET /ping HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    while (!answer.toString().endsWith("\r\n\r\n")) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new AssertionError("cut off after \"" + answer + "\"");
      }
      answer.append((char) next);
    }
    return answer.substring(0, answer.indexOf("\r\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tls12And13_areSupported(String version) throws Exception {
    try (RunningTower tower = tower(Map.of());
        SSLSocket socket = connect(tower, files.resolve("ca.pem"), version)) {
      assertThat(ping(socket)).startsWith("HTTP/1.1 204");
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
  }

  @Test
  void clientsOfferingHttp2_areServed() throws Exception {
    try (RunningTower tower = tower(Map.of());
        HttpClient http =
            HttpClient.newBuilder().sslContext(trusting(files.resolve("ca.pem"))).build()) {
      URI ping = URI.create("https://localhost:" + tower.api().getPort() + "/ping");
      assertThat(
              http.send(HttpRequest.newBuilder(ping).build(), BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(204);
    }
  }

  @Test
  void plainTextClients_getNoAnswerAndDelayNobody() throws Exception {
    try (RunningTower tower = tower(Map.of());
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), tower.api().getPort());
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), tower.api().getPort())) {
      assertThat(silent.isConnected()).isTrue();
      plain.setSoTimeout(TestTimeouts.EVENT_MILLIS);
      assertThatThrownBy(() -> ping(plain)).isInstanceOfAny(AssertionError.class, Exception.class);
      try (SSLSocket socket = connect(tower, files.resolve("ca.pem"))) {
        assertThat(ping(socket)).startsWith("HTTP/1.1 204");
      }
    }
  }

  @Test
  void renewedCertificate_isUsedAndOpenConnectionsContinue() throws Exception {
    make(others);
    try (RunningTower tower = tower(Map.of());
        LogLines log = new LogLines();
        SSLSocket before = connect(tower, files.resolve("ca.pem"))) {
      assertThat(ping(before)).startsWith("HTTP/1.1 204");
      Path key = files.resolve("server-key.pem");
      Files.writeString(key, "gone\n");
      Eventually.holds("a warning", () -> !log.containing("contains no private key").isEmpty());
      try (SSLSocket socket = connect(tower, files.resolve("ca.pem"))) {
        assertThat(ping(socket)).startsWith("HTTP/1.1 204");
      }
      Files.copy(others.resolve("server-key.pem"), key, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(
          others.resolve("server.pem"),
          files.resolve("server.pem"),
          StandardCopyOption.REPLACE_EXISTING);
      Eventually.holds("the new certificate", () -> isTrusted(tower, others.resolve("ca.pem")));
      assertThat(isTrusted(tower, files.resolve("ca.pem"))).isFalse();
      assertThat(ping(before)).startsWith("HTTP/1.1 204");
    }
  }

  private boolean isTrusted(RunningTower tower, Path ca) throws Exception {
    try (SSLSocket socket = connect(tower, ca)) {
      socket.startHandshake();
      return true;
    } catch (SSLHandshakeException e) {
      return false;
    }
  }

  @Test
  void invalidCertificateFile_failsStartup() throws Exception {
    Files.writeString(files.resolve("server.pem"), "nothing\n");
    assertThatThrownBy(() -> tower(Map.of()))
        .isInstanceOfSatisfying(
            StartupException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CERTIFICATES))
        .hasMessageContaining("api_tls_certificate")
        .hasMessageContaining(files.resolve("server.pem") + " contains no certificate");
  }

  /** Connects to the port to which Tor forwards connections; the Tor of the test has no network. */
  @Test
  void onionAddressIsShownWithTheOthers(@TempDir Path torFolder) throws Exception {
    int web = FreePort.find();
    int lnd = FreePort.find();
    try (Tor tor = Tor.start(torFolder, FreePort.find(), Tor.ControlAuthentication.cookie());
        HttpClient http = HttpClient.newHttpClient();
        RunningTower tower =
            RunningTower.start(
                bitcoind,
                dataDir,
                Map.of(
                    "tor_support",
                    "true",
                    "tor_control_port",
                    Integer.toString(tor.controlPort()),
                    "onion_hidden_service_port",
                    "1234",
                    "lnd_support",
                    "true",
                    "lnd_port",
                    Integer.toString(lnd),
                    "web_port",
                    Integer.toString(web)))) {
      URI site = URI.create("http://127.0.0.1:" + web + "/api/tower");
      Eventually.holds(
          "the onion address, for both kinds of clients",
          () ->
              http.send(HttpRequest.newBuilder(site).build(), BodyHandlers.ofString())
                  .body()
                  .matches(".*@([a-z2-7]{56}\\.onion):1234\".*@\\1:" + lnd + "\".*"));
      try (Socket socket =
          new Socket(
              InetAddress.getLoopbackAddress(),
              Objects.requireNonNull(tower.daemon().apiProc()).onionPort())) {
        assertThat(ping(socket)).isEqualTo("HTTP/1.1 204 No Content");
      }
    }
  }

  @Test
  void invalidProxy_failsStartup() throws Exception {
    Map<String, String> settings = RunningTower.settings(bitcoind);
    settings.put("api_proxies", "10.0.0.0/8, proxy.example.org");
    Config config = TeosDaemon.getConfig(settings, dataDir);
    assertThatThrownBy(() -> PublicEndpoints.of(config))
        .isInstanceOfSatisfying(
            StartupException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CONFIGURATION))
        .hasMessageContaining("api_proxies: \"proxy.example.org\" is not an IP address");
  }

  @Test
  void usersRegisterThroughConfiguredProxy() throws Exception {
    try (RunningTower tower =
        RunningTower.start(bitcoind, dataDir, Map.of("api_proxies", "127.0.0.1"))) {
      assertThat(tower.registered(Dialect.V2).subscription().status()).isEqualTo(200);
    }
  }
}
