package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Dialect;
import teos.protocol.Txid;

/** The plugin as a process, with lightningd and the tower played by the test. */
class PluginTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String CONTINUE = "{\"result\":\"continue\"}";
  private static final int OPEN_CALLS = 9;

  @TempDir Path folder;
  private FakeTower tower;
  private FakeLightningd lightningd;
  private List<JsonNode> revocations;

  @BeforeEach
  void start() throws Exception {
    revocations = Recording.load().revocations();
    tower = new FakeTower(1000);
    lightningd = FakeLightningd.start(folder);
  }

  @AfterEach
  void stop() throws Exception {
    lightningd.close();
    tower.close();
  }

  private static String locator(JsonNode revocation) {
    return Dialect.V2
        .locator(Txid.fromDisplayHex(revocation.path("commitment_txid").asText()))
        .toHex();
  }

  private Set<String> locators(int count) {
    return revocations.stream().limit(count).map(PluginTest::locator).collect(Collectors.toSet());
  }

  /** Opens calls of the hook without waiting; then expects the answer that each must get. */
  private void revoke(int from, int to) throws Exception {
    List<String> ids = new ArrayList<>();
    for (JsonNode revocation : revocations.subList(from, to)) {
      ids.add(lightningd.request("commitment_revocation", revocation));
    }
    for (String id : ids) {
      expectContinue(id);
    }
  }

  private void expectContinue(String id) throws InterruptedException {
    assertThat(lightningd.answer(id).path("result").toString()).isEqualTo(CONTINUE);
  }

  private void awaitStatus(String status) throws Exception {
    Eventually.holds(
        () -> towerInfo().path("status").asText().equals(status),
        () -> lightningd.log().toString());
  }

  private JsonNode towerInfo() throws Exception {
    return lightningd.result("gettowerinfo", tower.id().toHex());
  }

  private void register() throws Exception {
    lightningd.result("registertower", tower.address());
  }

  @Test
  void burstOfStates_isSentOverOneConnection() throws Exception {
    register();
    revoke(0, 40);
    tower.awaitAppointments(40);
    assertThat(tower.locators()).isEqualTo(locators(40));
    assertThat(tower.connections()).isEqualTo(1);
  }

  @Test
  void killAfterTheAnswer_nextStartSendsTheStates() throws Exception {
    register();
    tower.stop();
    revoke(0, OPEN_CALLS);
    lightningd.kill();
    tower.start();
    lightningd = FakeLightningd.start(folder);
    tower.awaitAppointments(OPEN_CALLS);
    assertThat(tower.locators()).isEqualTo(locators(OPEN_CALLS));
  }

  @Test
  void hookIsAnsweredWhileTheTowerKeepsARequestOpen() throws Exception {
    register();
    // A listener that never answers takes the place of the tower.
    tower.stop();
    try (java.net.ServerSocket silent =
        new java.net.ServerSocket(tower.port, 50, java.net.InetAddress.getLoopbackAddress())) {
      revoke(0, 1);
      try (java.net.Socket request = silent.accept()) {
        assertThat(request.getInputStream().read()).isPositive();
        revoke(1, OPEN_CALLS); // while the request is open
        assertThat(towerInfo().path("pending_appointments")).hasSize(OPEN_CALLS);
      }
    }
  }

  @Test
  void inputClosed_endsWithTheStatesOnDisk() throws Exception {
    register();
    tower.stop();
    for (JsonNode revocation : revocations.subList(0, OPEN_CALLS)) {
      lightningd.request("commitment_revocation", revocation);
    }
    assertThat(lightningd.closeInput()).isZero();
    tower.start();
    lightningd = FakeLightningd.start(folder);
    tower.awaitAppointments(OPEN_CALLS);
    assertThat(tower.locators()).isEqualTo(locators(OPEN_CALLS));
  }

  @Test
  void wrongSignaturesInParallel_areKeptAsProofAndEveryCallIsAnswered() throws Exception {
    register();
    tower.changeKey();
    revoke(0, OPEN_CALLS);
    awaitStatus("misbehaving");
    JsonNode info = towerInfo();
    assertThat(info.path("misbehaving_proof").path("locator").asText()).isIn(locators(OPEN_CALLS));
    // Nothing is lost: rust-teos's plugin drops the states of a misbehaving tower.
    revoke(OPEN_CALLS, 2 * OPEN_CALLS);
    assertThat(towerInfo().path("pending_appointments")).hasSize(2 * OPEN_CALLS);
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503})
  void failuresOfTheTower_areRetried(int status) throws Exception {
    register();
    tower.failWith(status);
    revoke(0, 3);
    tower.awaitRequests(2);
    awaitStatus("temporary_unreachable");
    tower.failWith(0);
    tower.awaitAppointments(3);
    awaitStatus("reachable");
  }

  @Test
  void severalTowers_allGetEveryState() throws Exception {
    register();
    try (FakeTower other = new FakeTower(2)) {
      lightningd.result("registertower", other.address());
      revoke(0, 6); // the other tower's slots must be renewed twice
      tower.awaitAppointments(6);
      other.awaitAppointments(6);
      assertThat(other.locators()).isEqualTo(locators(6));
    }
  }

  @Test
  void noTowers_hookIsAnswered() throws Exception {
    revoke(0, 2);
    assertThat(lightningd.log()).noneMatch(line -> line.startsWith("error"));
  }

  @Test
  void invalidJson_isAnsweredAndSurvived() throws Exception {
    Recording recording = Recording.load();
    String request =
        recording
            .requests(
                "registertower with an unquoted IPv4 address as a parameter of its own: not JSON,"
                    + " the plugin exits")
            .getFirst();
    lightningd.send(request + "\n\n");
    JsonNode answer = lightningd.answer("cli:registertower#30628/cln:registertower#377");
    assertThat(answer.path("error").path("message").asText())
        .contains("not valid JSON")
        .contains("Quote");
    register();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"commitment_revocation\",\"params\":{]}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"commitment_revocation\",\"params\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"commitment_revocation\",\"params\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"commitment_revocation\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"params\":{}}",
        "{\"id\":\"x\",\"method\":\"commitment_revocation\",\"params\":{\"commitment_txid\":\"zz\","
            + "\"penalty_tx\":5}}"
      })
  void damagedHookCall_isNeverAnsweredWithAnError(String message) throws Exception {
    register();
    lightningd.send(message + "\n\n");
    expectContinue("x");
    assertThat(lightningd.written()).doesNotContain("\"id\":\"x\",\"error\"");
  }

  @Test
  void hugeMessages_areSkippedAndAnswered() throws Exception {
    register();
    String huge = "a".repeat(3 << 20);
    lightningd.send(
        "{\"jsonrpc\":\"2.0\",\"id\":\"h\",\"method\":\"commitment_revocation\",\"params\":\""
            + huge
            + "\"}\n\n{\"id\":\"c\",\"method\":\"listtowers\",\"params\":[\""
            + huge
            + "\"]}\n\n");
    expectContinue("h");
    assertThat(lightningd.answer("c").path("error").path("code").asInt()).isEqualTo(-32700);
    revoke(0, 1);
    tower.awaitAppointments(1);
  }

  @Test
  void nestedTooDeep_isSurvived() throws Exception {
    lightningd.send(
        "{\"id\":\"d\",\"method\":\"listtowers\",\"params\":" + "[".repeat(400_000) + "\n\n");
    assertThat(lightningd.answer("d").has("error")).isTrue();
    register();
  }

  @Test
  void messagesInOneWriteAndInPieces_areAnsweredWithTheirIdsUnchanged() throws Exception {
    lightningd.send(
        """
        {"id":"cli:a\\u002fb\\/c","method":"listtowers","params":[]}




        { "method" : "listtowers", "params" :{}, "id" : 17 }

        {"jsonrpc":"2.0","method":"shutdown","params":{}}

        {"jsonrpc":"2.0","id":"unknown","method":"fly"}

        {"id":"p\"\
        """);
    lightningd.send(",\"method\":\"listt");
    lightningd.send("owers\",\"params\":[]}\n");
    lightningd.send("\n");
    assertThat(lightningd.answer("p").path("result").isObject()).isTrue();
    lightningd.answer("cli:a/b/c");
    assertThat(lightningd.written())
        .contains("\"id\":\"cli:a\\u002fb\\/c\",\"result\":{}}\n\n")
        .contains("\"id\":17,\"result\":{}}\n\n");
    assertThat(lightningd.answer("unknown").path("error").path("code").asInt()).isEqualTo(-32601);
  }

  @Test
  void diskFails_hookIsAnsweredAndTheStateWrittenLater() throws Exception {
    register();
    Path queue =
        FakeLightningd.dataFolder(folder)
            .resolve("towers")
            .resolve(tower.id().toHex())
            .resolve("queue");
    Files.writeString(queue, "a file where the queue's folder should be");
    revoke(0, 2);
    lightningd.awaitLog(line -> line.startsWith("error A revoked state is not on disk"));
    Files.delete(queue);
    tower.awaitAppointments(2);
    assertThat(tower.locators()).isEqualTo(locators(2));
  }

  @Test
  void httpsAndBracketsInTheAddress_areAccepted() throws Exception {
    String url = tower.id() + "@http://127.0.0.1:" + tower.port;
    lightningd.result("registertower", url);
    assertThat(towerInfo().path("net_addr").asText()).isEqualTo("http://127.0.0.1:" + tower.port);
    JsonNode refused =
        lightningd.call(
            "registertower", MAPPER.valueToTree(List.of(tower.id() + "@https://[::1]:1")));
    assertThat(refused.path("error").path("message").asText())
        .isEqualTo("Cannot connect to the tower. Connection refused");
  }

  @Test
  void optionOutOfRange_disablesThePlugin() throws Exception {
    try (FakeLightningd other = FakeLightningd.launch(folder)) {
      ObjectNode options = MAPPER.createObjectNode().put("watchtower-port", 70000);
      assertThat(other.init(folder, options).path("result").path("disable").asText())
          .contains("watchtower-port out of range");
    }
  }

  @Test
  void abandonedTower_keepsItsFilesAsideAndGetsNothingMore() throws Exception {
    register();
    tower.failWith(503);
    revoke(0, 1);
    tower.awaitRequests(1);
    lightningd.result("abandontower", tower.id().toHex());
    assertThat(lightningd.result("listtowers")).isEmpty();
    assertThat(removedFolders()).isEqualTo(1);
    tower.failWith(0);
    register();
    revoke(1, 2);
    tower.awaitAppointments(1);
    assertThat(tower.locators()).containsExactly(locator(revocations.get(1)));
  }

  private long removedFolders() throws IOException {
    try (var files = Files.list(FakeLightningd.dataFolder(folder).resolve("removed"))) {
      return files.count();
    }
  }
}
