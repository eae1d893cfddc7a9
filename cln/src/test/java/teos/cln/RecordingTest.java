package teos.cln;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.testkit.FreePort;

/**
 * Replays what lightningd wrote to rust-teos's plugin, and compares the answers. Ids and ports of
 * the towers are replaced by those of towers that the test controls. Errors and texts must be the
 * same; other answers must have the same fields.
 */
class RecordingTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String FIRST_TOWER =
      "03ca90e70a20b743591f761e5012e28b9121f27ae241bdb59d176fec6a69ae9f14";
  private static final String SECOND_TOWER =
      "027f2788fee20575eb2f620c0be5f95ab56b5ff6a2aeef09cf17825b7b2dfd886c";

  @TempDir Path folder;
  private Recording recording;
  private FakeTower first;
  private FakeTower second;
  private FakeLightningd lightningd;
  private int unusedPort;

  @BeforeEach
  void start() throws Exception {
    recording = Recording.load();
    first = new FakeTower(10_000);
    second = new FakeTower(3);
    unusedPort = FreePort.find();
    lightningd =
        FakeLightningd.start(
            folder,
            MAPPER
                .createObjectNode()
                .put("watchtower-port", first.port)
                .put("watchtower-max-retry-time", 2)
                .put("watchtower-auto-retry-delay", 3000)
                .put("dev-watchtower-max-retry-interval", 1));
  }

  @AfterEach
  void stop() throws Exception {
    lightningd.close();
    first.close();
    second.close();
  }

  private String ours(String recorded) {
    return recorded
        .replace(FIRST_TOWER, first.id().toHex())
        .replace(SECOND_TOWER, second.id().toHex())
        .replace(":26010", ":" + first.port)
        .replace("26010]", first.port + "]")
        .replace("26010}", first.port + "}")
        .replace(":26015", ":" + second.port)
        .replace(":26098", ":" + unusedPort);
  }

  /** Replays an exchange, and compares each answer. */
  private void replay(String exchange) throws Exception {
    List<String> ids = new ArrayList<>();
    for (String request : recording.requests(exchange)) {
      lightningd.send(ours(request) + "\n\n");
      ids.add(MAPPER.readTree(request).path("id").asText());
    }
    assertThat(ids).as(exchange).isNotEmpty();
    for (String id : ids) {
      JsonNode expected = MAPPER.readTree(ours(recording.answer(exchange, id).toString()));
      JsonNode actual = lightningd.answer(id);
      assertThat(shape(actual)).as(exchange).isEqualTo(shape(expected));
      if (expected.has("error") || expected.path("result").isTextual()) {
        assertThat(actual).as(exchange).isEqualTo(expected);
      }
    }
  }

  /** Replays calls of the hook, which rust-teos's plugin answers with a text by mistake. */
  private void replayHook(String exchange) throws Exception {
    for (String request : recording.requests(exchange)) {
      JsonNode json = MAPPER.readTree(request);
      if (json.path("method").asText().equals("commitment_revocation")) {
        lightningd.send(request + "\n\n");
        assertThat(lightningd.answer(json.path("id").asText()).path("result"))
            .isEqualTo(MAPPER.readTree("{\"result\":\"continue\"}"));
      }
    }
  }

  /** Returns the JSON with its values replaced by their types, and hex keys by their length. */
  private static String shape(JsonNode json) {
    if (json.isObject()) {
      Map<String, String> fields = new TreeMap<>();
      json.properties()
          .forEach(
              field ->
                  fields.put(
                      field.getKey().matches("[0-9a-f]{32,}")
                          ? "hex" + field.getKey().length()
                          : field.getKey(),
                      shape(field.getValue())));
      return fields.toString();
    }
    if (json.isArray()) {
      TreeSet<String> elements = new TreeSet<>();
      json.forEach(element -> elements.add(shape(element)));
      return elements.toString();
    }
    return json.getNodeType().toString();
  }

  @Test
  void commandsBeforeAnyRegistration() throws Exception {
    replay("listtowers, none registered");
    replay("registertower without parameters");
    replay("registertower with a bad tower id");
    replay("registertower with too many parameters");
    replay("registertower with a port out of range");
    replay("registertower, nothing listens there");
    replay("registertower with another tower id than the tower has");
    replay("gettowerinfo of an unknown tower");
    replay("pingtower of an unknown tower");
    replay("retrytower of an unknown tower");
    replay("abandontower of an unknown tower");
  }

  @Test
  void commandsAboutAReachableTower() throws Exception {
    replay("registertower id@host:port");
    replay("registertower id host port");
    replay("registertower id \"host\" port (host quoted for lightning-cli)");
    replay("registertower id@host (port from watchtower-port)");
    replay("registertower id host (port from watchtower-port)");
    replay("registertower with named parameters");
    replay("registertower id only (host localhost, port from watchtower-port)");
    replay("registertower with the port as a JSON string");
    replay("listtowers");
    replay("listtowers with a parameter too many");
    replay("gettowerinfo before any appointment");
    replay("gettowerinfo with named parameters");
    replay("gettowerinfo without parameters");
    replay("gettowerinfo with a number");
    replay("gettowerinfo with two parameters");
    replay("pingtower");
    replay("getsubscriptioninfo");
    replay("getregistrationreceipt");
    replay("getappointment without locator");
    replay("getappointment with a bad locator");
    replay("getappointment of a locator unknown to the tower");
    replay("getappointmentreceipt of an unknown locator");
    replay("retrytower refused: tower is reachable");
    replayHook("payments in both directions, tower reachable");
    first.awaitAppointments(14);
    // The tower has answered; the last receipt may not be on disk yet.
    awaitEmptyQueue(first);
    replay("gettowerinfo with appointments");
    replay("getappointment LOCATOR");
    replay("getappointmentreceipt");
    replay("getappointment with named parameters");
    replay("getsubscriptioninfo with appointments");
  }

  @Test
  void towerGoesDownAndComesBack() throws Exception {
    replay("registertower id@host:port");
    replayHook("payments in both directions, tower reachable");
    first.awaitAppointments(14);
    awaitEmptyQueue(first);
    first.stop();
    replayHook("payment while the tower is down (first two revocations)");
    awaitStatus(first, "temporary_unreachable");
    replay("gettowerinfo: temporary_unreachable");
    replay("listtowers: temporary_unreachable");
    replay("retrytower refused: already being retried");
    replay("pingtower, tower down");
    replay("getsubscriptioninfo, tower down");
    replay("getappointment, tower down");
    awaitStatus(first, "unreachable");
    replayHook("payment while the tower is unreachable (retrier idle)");
    replay("gettowerinfo: unreachable");
    replay("registertower, tower down");
    first.start();
    replay("retrytower allowed");
    awaitStatus(first, "reachable");
    first.awaitAppointments(18);
    awaitEmptyQueue(first);
    replay("gettowerinfo: reachable again");
  }

  @Test
  void secondTowerRunsOutOfSlotsAndMisbehaves() throws Exception {
    replay("registertower id@host:port");
    replay("registertower of a second tower (3 slots)");
    replayHook("payments until the subscription is exhausted (two towers)");
    second.awaitAppointments(4); // the plugin has registered again
    first.awaitAppointments(4);
    awaitEmptyQueue(second);
    replay("gettowerinfo of the second tower after the retrier registered again");
    replay("listtowers, two towers");
    replay("registertower again (more slots)");
    second.changeKey();
    replayHook("payment, tower answers the hook with a wrong signature (debug log)");
    awaitStatus(second, "misbehaving");
    replay("gettowerinfo: misbehaving");
    replay("listtowers: misbehaving");
    replay("retrytower refused: misbehaving");
    replayHook("payment, tower flagged as misbehaving");
    replay("registertower of a misbehaving tower: bad signature");
    replay("abandontower");
    replay("gettowerinfo after abandontower");
  }

  private void awaitStatus(FakeTower tower, String status) throws Exception {
    await(tower, info -> info.path("status").asText().equals(status));
  }

  private void awaitEmptyQueue(FakeTower tower) throws Exception {
    await(tower, info -> info.path("pending_appointments").isEmpty());
  }

  private void await(FakeTower tower, java.util.function.Predicate<JsonNode> condition)
      throws Exception {
    Eventually.holds(
        () -> condition.test(lightningd.result("gettowerinfo", tower.id().toHex())),
        () -> lightningd.log().toString());
  }

  @Test
  void manifestHasTheSameOptionsCommandsAndHook() throws Exception {
    String exchange = "startup with default options (first start: keys are created)";
    String request = recording.requests(exchange).getFirst();
    lightningd.send(request + "\n\n");
    String id = MAPPER.readTree(request).path("id").asText();

    ObjectNode ours = (ObjectNode) lightningd.answer(id).path("result");
    ObjectNode theirs = (ObjectNode) recording.answer(exchange, id).path("result");
    // Ours can be started again, shows its parameters in the help, and names the hook as lightningd
    // documents it.
    assertThat(ours.remove("dynamic").asBoolean()).isTrue();
    theirs.remove("dynamic");
    assertThat(ours.remove("hooks").toString()).isEqualTo("[{\"name\":\"commitment_revocation\"}]");
    theirs.remove("hooks");
    ours.path("rpcmethods").forEach(method -> ((ObjectNode) method).put("usage", ""));
    assertThat(sorted(ours)).isEqualTo(sorted(theirs));
  }

  /** Returns the fields with their lists sorted: the recorded order is random. */
  private static Map<String, String> sorted(ObjectNode json) {
    Map<String, String> fields = new TreeMap<>();
    json.properties()
        .forEach(
            field -> {
              if (field.getValue().isArray()) {
                TreeSet<String> elements = new TreeSet<>();
                field.getValue().forEach(element -> elements.add(flat(element)));
                fields.put(field.getKey(), elements.toString());
              } else {
                fields.put(field.getKey(), field.getValue().toString());
              }
            });
    return fields;
  }

  private static String flat(JsonNode json) {
    Map<String, String> fields = new TreeMap<>();
    json.properties().forEach(field -> fields.put(field.getKey(), field.getValue().toString()));
    return fields.toString();
  }
}
