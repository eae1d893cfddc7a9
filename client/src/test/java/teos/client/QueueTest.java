package teos.client;

import static org.assertj.core.api.Assertions.assertThat;
import static teos.client.FakeTower.appointment;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.client.PendingReason.Kind;
import teos.client.wire.TowerAddress;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;

/** Queued appointments: why they are queued, in which order they are sent, and durability. */
class QueueTest {

  @TempDir Path folder;

  private final FakeTower tower = new FakeTower(Dialect.V2);
  private StubServer server;
  private TowerClient client;

  @BeforeEach
  void start() throws Exception {
    server = new StubServer(tower);
    client = TowerClient.open(folder, ClientOptions.DEFAULT);
    client.register(tower.id(), server.address());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Kind reason(AddResult result) {
    return ((AddResult.Queued) result).reason().kind();
  }

  private int queuedCount() throws Exception {
    return client.towerFolder(tower.id()).queue().size();
  }

  /** Answers add_appointment with {@code reply}, and everything else as the tower does. */
  private void answerAddsWith(StubServer.Reply reply) {
    server.handleWith(
        (path, body) -> path.equals("/add_appointment") ? reply : tower.answer(path, body));
  }

  @Test
  void add_towerDown_isQueuedAndSentLater() throws Exception {
    int port = server.port();
    server.close();
    AddResult result = client.add(tower.id(), appointment(1, 100, 20));
    assertThat(reason(result)).isEqualTo(Kind.UNREACHABLE);
    assertThat(((AddResult.Queued) result).reason().isTransient()).isTrue();
    assertThat(queuedCount()).isOne();

    server = new StubServer(port, tower);
    SendReport report = client.sendQueued(tower.id());
    assertThat(report.accepted()).isOne();
    assertThat(report.pendingReason()).isEmpty();
    assertThat(queuedCount()).isZero();
    assertThat(client.receipt(tower.id(), appointment(1, 100, 20).locator())).isPresent();
  }

  @Test
  void add_noAnswerInTime_isUnreachable() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    server.handleWith(
        (path, body) -> {
          done.await();
          return tower.answer(path, body);
        });
    try (TowerClient impatient =
        TowerClient.open(folder, ClientOptions.DEFAULT.withTimeout(Duration.ofMillis(200)))) {
      assertThat(reason(impatient.add(tower.id(), appointment(1, 100, 20))))
          .isEqualTo(Kind.UNREACHABLE);
    }
    done.countDown();
  }

  @ParameterizedTest
  @CsvSource({
    "503, '{\"error\":\"later\",\"error_code\":32}', BUSY",
    "503, later, BUSY",
    "429, '{\"error\":\"slowly\"}', BUSY",
    "400, '{\"error\":\"full\",\"error_code\":65}', BUSY",
    "500, <html>, UNEXPECTED_RESPONSE",
    "200, <html>, UNEXPECTED_RESPONSE",
    "200, '[]', UNEXPECTED_RESPONSE",
    "200, '{\"locator\":\"00\"}', UNEXPECTED_RESPONSE",
    "302, '', UNEXPECTED_RESPONSE",
    "404, '', UNEXPECTED_RESPONSE",
    "400, '{\"error\":\"?\",\"error_code\":255}', UNEXPECTED_RESPONSE",
    "401, '', SUBSCRIPTION",
    "401, '{\"error\":\"who?\",\"error_code\":7}', SUBSCRIPTION",
    "400, '{\"error\":\"who?\",\"error_code\":-8}', SUBSCRIPTION"
  })
  void add_transientError_staysQueued(int status, String body, Kind reason) throws Exception {
    answerAddsWith(new StubServer.Reply(status, body, Map.of()));
    assertThat(reason(client.add(tower.id(), appointment(1, 100, 20)))).isEqualTo(reason);
    assertThat(queuedCount()).isOne();

    server.handleWith(tower);
    assertThat(client.sendQueued(tower.id()).accepted()).isOne();
  }

  @Test
  void retryDelay_honoursRetryAfter() throws Exception {
    answerAddsWith(
        new StubServer.Reply(429, "{\"error\":\"slowly\"}", Map.of("Retry-After", "3600")));
    PendingReason reason =
        ((AddResult.Queued) client.add(tower.id(), appointment(1, 100, 20))).reason();
    assertThat(reason.retryAfter()).contains(Duration.ofHours(1));
    assertThat(reason.retryDelay(Backoff.DEFAULT, 1, new Random())).isEqualTo(Duration.ofHours(1));
  }

  @ParameterizedTest
  @CsvSource({
    "413, too large",
    "400, '{\"error\":\"triggered\",\"error_code\":35}'",
    "400, '{\"error\":\"triggered\",\"error_code\":-9}'",
    "400, '{\"error\":\"too small\",\"error_code\":-5}'",
    "400, '{\"error\":\"format\",\"error_code\":5}'"
  })
  void add_permanentError_isKeptInRejectedWithTheReason(int status, String body) throws Exception {
    answerAddsWith(new StubServer.Reply(status, body, Map.of()));
    AddResult result = client.add(tower.id(), appointment(1, 100, 20));

    AddResult.Rejected rejected = (AddResult.Rejected) result;
    assertThat(rejected.error().status()).isEqualTo(status);
    assertThat(queuedCount()).isZero();
    assertThat(client.towerFolder(tower.id()).queue().rejectedCount()).isOne();
    assertThat(Files.readString(rejected.file()))
        .contains(rejected.error().text(), "\"encrypted_blob\"", "\"user_signature\"");
  }

  @Test
  void sendQueued_rejectedAppointment_doesNotBlockOthers() throws Exception {
    String bad = appointment(1, 100, 20).locator().toHex();
    server.handleWith(
        (path, body) ->
            body.path("appointment").path("locator").asText().equals(bad)
                ? FakeTower.error(400, 5, "format")
                : tower.answer(path, body));
    for (int i = 1; i <= 3; i++) {
      client.enqueue(tower.id(), appointment(i, 100, 20));
    }
    SendReport report = client.sendQueued(tower.id());
    assertThat(report.accepted()).isEqualTo(2);
    assertThat(report.rejected()).hasSize(1);
    assertThat(report.remaining()).isZero();
  }

  @Test
  void sendQueued_unexpectedResponseToOne_doesNotBlockOthers() throws Exception {
    String bad = appointment(1, 100, 20).locator().toHex();
    server.handleWith(
        (path, body) ->
            body.path("appointment").path("locator").asText().equals(bad)
                ? new StubServer.Reply(500, "<html>", Map.of())
                : tower.answer(path, body));
    client.enqueue(tower.id(), appointment(1, 100, 20));
    client.enqueue(tower.id(), appointment(2, 100, 20));
    client.enqueue(tower.id(), appointment(1, 200, 20));
    SendReport report = client.sendQueued(tower.id());
    assertThat(report.accepted()).isOne();
    assertThat(report.remaining()).isEqualTo(2); // and the later version has not been sent
    assertThat(server.calls("/add_appointment")).hasSize(2);
    assertThat(reason(client.add(tower.id(), appointment(1, 300, 20))))
        .isEqualTo(Kind.EARLIER_VERSION_QUEUED);
  }

  @Test
  void sendQueued_versionsOfALocator_areSentInOrder() throws Exception {
    List<Long> delays = new ArrayList<>();
    server.handleWith(
        (path, body) -> {
          delays.add(body.path("appointment").path("to_self_delay").asLong());
          return tower.answer(path, body);
        });
    for (int i = 0; i < 20; i++) {
      client.enqueue(tower.id(), appointment(i % 3, 100, 20 + i));
    }
    client.sendQueued(tower.id());
    assertThat(delays).hasSize(20).isSorted();
    assertThat(
            client
                .receipt(tower.id(), appointment(1, 100, 0).locator())
                .orElseThrow()
                .appointment()
                .toSelfDelay())
        .isEqualTo(39);
  }

  @Test
  void sendQueued_withoutSlots_sendsUpdatesOnly() throws Exception {
    client.add(tower.id(), appointment(1, 100, 20));
    tower.slots = 1;
    client.enqueue(tower.id(), appointment(2, 5000, 20)); // 3 slots
    client.enqueue(tower.id(), appointment(3, 5000, 20)); // 3 slots: not sent
    client.enqueue(tower.id(), appointment(4, 100, 20)); // the last slot
    client.enqueue(tower.id(), appointment(5, 100, 20)); // refused by the tower
    client.enqueue(tower.id(), appointment(6, 100, 20)); // not sent
    client.enqueue(tower.id(), appointment(1, 100, 30)); // an update that costs nothing
    int before = server.calls("/add_appointment").size();
    SendReport report = client.sendQueued(tower.id());

    assertThat(report.accepted()).isEqualTo(2);
    assertThat(report.remaining()).isEqualTo(4);
    assertThat(report.pendingReason().orElseThrow().kind()).isEqualTo(Kind.SUBSCRIPTION);
    assertThat(server.calls("/add_appointment")).hasSize(before + 4);

    assertThat(reason(client.add(tower.id(), appointment(7, 100, 20))))
        .isEqualTo(Kind.SUBSCRIPTION);
    assertThat(server.calls("/add_appointment")).hasSize(before + 4);

    tower.slots = 100;
    assertThat(client.register(tower.id(), server.address()).sendReport().accepted()).isEqualTo(5);
    assertThat(queuedCount()).isZero();
  }

  @Test
  void files_areReadableByTheOwnerOnly() throws Exception {
    client.add(tower.id(), appointment(1, 100, 20));
    client.enqueue(tower.id(), appointment(2, 100, 20));
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        if (file.toString().endsWith(".json") || file.endsWith("user_sk.der")) {
          assertThat(mode).as(file.toString()).isEqualTo("rw-------");
        }
      }
    }
  }

  @Test
  void add_fromManyThreadsAndClients_losesNothingAndKeepsTheOrder() throws Exception {
    Map<String, List<Long>> seen = new java.util.concurrent.ConcurrentHashMap<>();
    server.handleWith(
        (path, body) -> {
          seen.computeIfAbsent(
                  body.path("appointment").path("locator").asText(),
                  locator -> java.util.Collections.synchronizedList(new ArrayList<>()))
              .add(body.path("appointment").path("to_self_delay").asLong());
          return tower.answer(path, body);
        });
    try (TowerClient other = TowerClient.open(folder, ClientOptions.DEFAULT)) {
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int mine = t;
        TowerClient one = t % 2 == 0 ? client : other;
        threads.add(
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < 15; i++) {
                      Appointment next = appointment(mine, 100, 20 + i);
                      assertThat(one.add(tower.id(), next)).isInstanceOf(AddResult.Accepted.class);
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                }));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).isEmpty();
    }
    assertThat(seen)
        .hasSize(4)
        .allSatisfy((locator, delays) -> assertThat(delays).hasSize(15).isSorted());
    assertThat(queuedCount()).isZero();
  }

  @Test
  void backgroundSender_retriesUntilTheTowerAccepts() throws Exception {
    CountDownLatch tried = new CountDownLatch(3);
    server.handleWith(
        (path, body) -> {
          tried.countDown();
          return tried.getCount() > 0
              ? new StubServer.Reply(503, "later", Map.of())
              : tower.answer(path, body);
        });
    Backoff quick = new Backoff(Duration.ofMillis(5), Duration.ofMillis(20));
    try (TowerClient wallet = TowerClient.open(folder, ClientOptions.DEFAULT.withBackoff(quick))) {
      wallet.start();
      Appointment appointment = appointment(1, 100, 20);
      wallet.enqueue(tower.id(), appointment);
      Locator locator = appointment.locator();
      for (int i = 0; i < 3000 && wallet.receipt(tower.id(), locator).isEmpty(); i++) {
        Thread.sleep(10);
      }
      assertThat(wallet.receipt(tower.id(), locator)).isPresent();
    }
    assertThat(server.calls("/add_appointment").size()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void add_withoutRegistration_isRefused() throws Exception {
    FakeTower other = new FakeTower(Dialect.V1);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> client.add(other.id(), appointment(1, 100, 20)))
        .isInstanceOf(NotRegisteredException.class)
        .hasMessageContaining(other.id().toHex());
  }

  @Test
  void ping_reportsWhetherAServerAnswers() throws Exception {
    assertThat(client.ping(server.address())).isPositive();
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> client.ping(new TowerAddress("http", "127.0.0.1", closed)))
        .isInstanceOf(teos.client.wire.UnreachableException.class)
        .hasMessageContaining("127.0.0.1:" + closed);
  }
}
