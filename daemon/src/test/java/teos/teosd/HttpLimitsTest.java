package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.testkit.Bitcoind;
import teos.testkit.TowerUser;

/** What anyone can send to the public API, and that it harms nobody else. */
@Timeout(60)
class HttpLimitsTest {

  private static final int LIMIT = 1 << 20;

  @TempDir static Path dataDir;

  private static Bitcoind bitcoind;
  private static RunningTower tower;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start();
    bitcoind.mine(10);
    tower = RunningTower.start(bitcoind, dataDir, Map.of());
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
    bitcoind.close();
  }

  private static Socket connect() throws Exception {
    return new Socket("127.0.0.1", tower.api().getPort());
  }

  private static void write(Socket socket, String text) throws Exception {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String statusLine(Socket socket) throws Exception {
    StringBuilder line = new StringBuilder();
    InputStream in = socket.getInputStream();
    for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  @Test
  void aBodyThatIsAnnouncedTooLargeIsRefusedUnread() throws Exception {
    try (Socket socket = connect()) {
      // Not one byte of it is sent: the answer cannot wait for any.
      write(
          socket,
          "POST /add_appointment HTTP/1.1\r\nHost: t\r\nContent-Length: " + (LIMIT + 1)
              + "\r\n\r\n");
      assertThat(statusLine(socket)).contains("413");
    }
  }

  @Test
  void aBodyThatTurnsOutTooLargeIsRefused() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /add_appointment HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
      String chunk = "4000\r\n" + "a".repeat(0x4000) + "\r\n";
      write(socket, "1\r\n\"\r\n");
      for (int i = 0; i <= LIMIT / 0x4000; i++) {
        write(socket, chunk);
      }
      assertThat(statusLine(socket)).contains("413");
    }
  }

  @Test
  void theLargestPenaltyIsTaken() throws Exception {
    TowerUser user = tower.registered(Dialect.V2);
    Appointment large =
        new Appointment(Locator.fromHex("11".repeat(16)), new byte[400_016], 144);
    assertThat(user.sendForReceipt(large).answer().path("available_slots").asInt())
        .isEqualTo(10_000 - 196);
    assertThat(user.get(large.locator()).json().at("/appointment/encrypted_blob").asText())
        .hasSize(800_032);
  }

  @Test
  void whoIsSlowHoldsNobodyUp() throws Exception {
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
      assertThat(user.subscription().status()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  static List<String> notToBeRead() {
    return List.of(
        "[".repeat(100_000),
        "{\"a\":".repeat(50_000),
        "{\"user_id\":\"a\",\"user_id\":\"b\"}",
        "{\"user_id\":\"a\"} trailing",
        "{\"user_id\":" + "9".repeat(10_000) + "}",
        "{\"user_id\":1e999999999}",
        "{\"user_id\":\"\u0000\"}",
        "{\"user_id\":\"\\ud800\"}",
        "\u0000",
        "nul",
        "{'user_id':'a'}",
        "{\"user_id\":NaN}");
  }

  @ParameterizedTest
  @MethodSource("notToBeRead")
  void whatIsNoJsonIsRefusedWithJson(String body) throws Exception {
    TowerUser anyone = tower.user(Dialect.V2);
    for (String path :
        List.of("/register", "/add_appointment", "/get_appointment", "/get_subscription_info")) {
      TowerUser.Reply reply = anyone.post(path, body);
      assertThat(reply.status()).as(path + reply.text()).isEqualTo(400);
      assertThat(reply.json().path("error").asText()).isNotEmpty();
      assertThat(reply.json().path("error_code").asInt()).isPositive();
    }
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws Exception {
    try (Socket socket = connect()) {
      write(
          socket,
          "POST /register HTTP/1.1\r\nHost: t\r\nContent-Length: 15\r\n\r\n{\"user_id\":\"\u00ff\"}");
      assertThat(statusLine(socket)).contains("400");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/register,405",
    "PUT,/add_appointment,405",
    "DELETE,/get_appointment,405",
    "POST,/ping,405",
    "GET,/ping,204",
    "GET,/,404",
    "POST,/nothing,404",
    "PATCH,/register/x,404"
  })
  void methodsAndPathsAreToldApart(String method, String path, int status) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(tower.api().resolve(path))
                  .method(method, BodyPublishers.ofString("{}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(status);
    }
  }

  @Test
  void noSlotIsLostOrGivenTwiceByManyAtOnce() throws Exception {
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
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(user.subscription().json().path("available_slots").asInt())
        .isEqualTo(10_000 - 2 * threads * each);
    assertThat(user.subscription().json().path("locators")).hasSize(threads * each);
  }
}
