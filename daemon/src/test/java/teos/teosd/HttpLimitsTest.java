package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;

/** Invalid, oversized and slow requests to the public API, which must not affect other clients. */
@Tag("bitcoind")
@Timeout(TestTimeouts.TEST_SECONDS)
class HttpLimitsTest {

  private static final int LIMIT = 1 << 20;

  /** A valid key, so that a request is refused only because of the rest of its body. */
  private static final String USER =
      "\"user_id\":\"" + SecretKey.generate(new SecureRandom()).publicKey().toHex() + "\"";

  @TempDir static Path dataDir;

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  private static RunningTower tower;

  @BeforeAll
  static void start() throws Exception {
    tower = RunningTower.start(bitcoind, dataDir, Map.of());
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
  }

  private static Socket connect() throws Exception {
    return new Socket(InetAddress.getLoopbackAddress(), tower.api().getPort());
  }

  private static void write(Socket socket, String text) throws Exception {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String line(InputStream in) throws Exception {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString().strip();
  }

  /** Checks that the response has this status and a JSON error. */
  private static void assertRefused(Socket socket, int status) throws Exception {
    socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
    InputStream in = socket.getInputStream();
    assertThat(line(in)).startsWith("HTTP/1.1 " + status);
    int length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String[] parts = header.toLowerCase(Locale.ROOT).split(":", 2);
      if (parts[0].equals("content-length")) {
        length = Integer.parseInt(parts[1].strip());
      }
    }
    JsonNode response = new ObjectMapper().readTree(in.readNBytes(length));
    assertThat(response.path("error").asText()).isNotEmpty();
  }

  @Test
  void refusesTooLargeContentLengthWithoutReadingTheBody() throws Exception {
    try (Socket socket = connect()) {
      // No byte of the body is sent, so the response cannot depend on it.
      write(
          socket,
          "POST /add_appointment HTTP/1.1\r\nHost: t\r\nContent-Length: "
              + (LIMIT + 1)
              + "\r\n\r\n");
      assertRefused(socket, 413);
    }
  }

  @Test
  void refusesTooLargeChunkedBody() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /add_appointment HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
      String chunk = "4000\r\n" + "a".repeat(0x4000) + "\r\n";
      write(socket, "1\r\n\"\r\n");
      for (int i = 0; i <= LIMIT / 0x4000; i++) {
        write(socket, chunk);
      }
      assertRefused(socket, 413);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 100\r\n\r\n{\"user_id\":",
        "Content-Length: 100\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"use\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"",
        "Transfer-Encoding: chunked\r\n\r\nno number\r\n{}"
      })
  void refusesTruncatedBody(String rest) throws Exception {
    try (Socket socket = connect()) {
      write(socket, "POST /register HTTP/1.1\r\nHost: t\r\n" + rest);
      socket.shutdownOutput();
      assertRefused(socket, 400);
    }
  }

  @Test
  void disconnectsStalledClients() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    try {
      // They take all permits for large bodies, so the next one waits until one of them times out.
      for (int i = 0; i < 8; i++) {
        Socket socket = connect();
        stalled.add(socket);
        write(
            socket,
            "POST /add_appointment HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\n\r\n\""
                + "a".repeat(50_000));
      }
      Socket small = connect();
      stalled.add(small);
      write(small, "POST /register HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n{");
      TowerUser user = tower.registered(Dialect.V2);
      user.sendForReceipt(
          new Appointment(Locator.fromHex("24".repeat(16)), new byte[400_016], 144));
      for (Socket socket : stalled) {
        socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
        assertThat(isDisconnected(socket)).isTrue();
      }
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }

  /** Returns whether the socket was closed without a response; fails on timeout. */
  private static boolean isDisconnected(Socket socket) throws Exception {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      return true; // reset, because the server had unread data
    }
  }

  @Test
  void acceptsTheLargestPenalty() throws Exception {
    TowerUser user = tower.registered(Dialect.V2);
    Appointment large = new Appointment(Locator.fromHex("11".repeat(16)), new byte[400_016], 144);
    assertThat(user.sendForReceipt(large).response().path("available_slots").asInt())
        .isEqualTo(10_000 - 196);
    assertThat(user.get(large.locator()).json().at("/appointment/encrypted_blob").asText())
        .hasSize(800_032);
  }

  @Test
  void slowClientsDoNotDelayOthers() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = connect();
        slow.add(socket);
        write(
            socket,
            switch (i % 4) {
              case 0 -> "";
              case 1 -> "POST /regis";
              case 2 -> "POST /register HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{\"us";
              default ->
                  "POST /add_appointment HTTP/1.1\r\nHost: t\r\nContent-Length: 900000\r\n\r\n{";
            });
      }
      TowerUser user = tower.registered(Dialect.V1);
      user.sendForReceipt(new Appointment(Locator.fromHex("22".repeat(16)), new byte[346], 144));
      // One as large as the bodies that the slow clients announce.
      user.sendForReceipt(
          new Appointment(Locator.fromHex("23".repeat(16)), new byte[400_016], 144));
      assertThat(user.subscription().status()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  static List<String> invalidJson() {
    return List.of(
        "{" + USER + ",\"x\":" + "[".repeat(17) + "]".repeat(17) + "}",
        "{" + USER + ",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}",
        "{" + USER + ",\"x\":" + "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000) + "}",
        "{" + USER + "," + USER + "}",
        "{" + USER + ",\"x\":{\"a\":1,\"a\":1}}",
        "{" + USER + "} trailing",
        "{" + USER + "}{}",
        "{" + USER + ",\"x\":" + "9".repeat(10_000) + "}",
        "{" + USER + ",\"x\":0." + "9".repeat(10_000) + "}",
        "{" + USER + ",\"x\":\"\u0000\"}",
        "{" + USER + "}\u0000",
        "\u0000{" + USER + "}",
        "{" + USER + ",\"x\":nul}",
        "{" + USER + ",'x':'a'}",
        "{" + USER + ",\"x\":NaN}",
        "{" + USER);
  }

  @ParameterizedTest
  @MethodSource("invalidJson")
  void refusesInvalidJsonWithAJsonError(String body) throws Exception {
    TowerUser anyone = tower.user(Dialect.V2);
    for (String path :
        List.of("/register", "/add_appointment", "/get_appointment", "/get_subscription_info")) {
      TowerUser.Reply reply = anyone.post(path, body);
      assertThat(reply.status()).as(path + reply.text()).isEqualTo(400);
      assertThat(reply.json().path("error").asText()).contains("JSON");
      assertThat(reply.json().path("error_code").asInt()).isPositive();
    }
  }

  @Test
  void acceptsTheValidPartOfTheInvalidBodies() throws Exception {
    TowerUser anyone = tower.user(Dialect.V2);
    assertThat(anyone.post("/register", "{" + USER + "}").status()).isEqualTo(200);
    String harmless = "{" + USER + ",\"x\":[[1],{\"a\":1}]} \n";
    assertThat(anyone.post("/register", harmless).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "-1e-999999999",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "18446744073709551616",
        "[]",
        "{}",
        "null",
        "true"
      })
  void refusesUnusableValuesInEachField(String value) throws Exception {
    TowerUser anyone = tower.user(Dialect.V2);
    String locator = "\"locator\":\"" + "00".repeat(16) + "\"";
    Map<String, List<String>> bodies =
        Map.of(
            "/register",
            List.of("{\"user_id\":%s}", "{\"public_key\":%s}"),
            "/add_appointment",
            List.of(
                "%s",
                "{\"appointment\":%s,\"signature\":\"a\"}",
                "{\"appointment\":{"
                    + locator
                    + ",\"encrypted_blob\":\"00\","
                    + "\"to_self_delay\":%s},\"signature\":\"a\"}",
                "{\"appointment\":{"
                    + locator
                    + ",\"encrypted_blob\":%s,"
                    + "\"to_self_delay\":20},\"signature\":\"a\"}",
                "{\"appointment\":{"
                    + locator
                    + ",\"encrypted_blob\":\"00\","
                    + "\"to_self_delay\":20},\"signature\":%s}"),
            "/get_appointment",
            List.of("%s", "{\"locator\":%s}", "{" + locator + ",\"signature\":%s}"),
            "/get_subscription_info",
            List.of("%s", "{\"signature\":%s}"));
    for (Map.Entry<String, List<String>> entry : bodies.entrySet()) {
      for (String body : entry.getValue()) {
        TowerUser.Reply reply = anyone.post(entry.getKey(), body.formatted(value));
        assertThat(reply.status()).as(entry + reply.text()).isBetween(400, 499);
        assertThat(reply.json().path("error").asText()).as(reply.text()).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00ff", "\u00c3", "\u00e2\u0082", "\u0080"})
  void refusesInvalidUtf8(String bytes) throws Exception {
    String body = "{" + USER + ",\"x\":\"" + bytes + "\"}";
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /register HTTP/1.1\r\nHost: t\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
      assertRefused(socket, 400);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/register,405",
    "HEAD,/register,405",
    "OPTIONS,/register,405",
    "HEAD,/nothing,404",
    "PUT,/nothing,404",
    "HEAD,/ping,405",
    "PUT,/add_appointment,405",
    "DELETE,/get_appointment,405",
    "POST,/ping,405",
    "GET,/ping,204",
    "GET,/ping/,204",
    "GET,//ping,204",
    "GET,///ping//,204",
    "GET,//,404",
    "GET,/register/,405",
    "GET,/,404",
    "POST,/nothing,404",
    "PATCH,/register/x,404"
  })
  void respondsByMethodAndPath(String method, String path, int status) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create(tower.api() + path))
                  .method(method, BodyPublishers.ofString("{}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(status);
      if (status == 405) {
        assertThat(response.headers().firstValue("Allow"))
            .hasValue(path.contains("ping") ? "GET" : "POST");
      }
      if (status != 204 && !method.equals("HEAD")) {
        assertThat(new ObjectMapper().readTree(response.body()).path("error").asText())
            .isNotEmpty();
      }
    }
  }

  @Test
  void concurrentAppointmentsUseEachSlotOnce() throws Exception {
    int threads = 20;
    int each = 25;
    TowerUser user = tower.registered(Dialect.V2);
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int thread = t;
        all.add(
            executor.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    String locator = "%032x".formatted(thread * each + i);
                    user.sendForReceipt(
                        new Appointment(Locator.fromHex(locator), new byte[3000], 144));
                  }
                  return null;
                }));
      }
      for (Future<?> future : all) {
        future.get();
      }
    }
    assertThat(user.subscription().json().path("available_slots").asInt())
        .isEqualTo(10_000 - 2 * threads * each);
    assertThat(user.subscription().json().path("locators")).hasSize(threads * each);
  }
}
