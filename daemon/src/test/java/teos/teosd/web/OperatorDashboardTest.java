package teos.teosd.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** The dashboard's HTTP server of a real tower, with a real bitcoind. */
@Tag("bitcoind")
class OperatorDashboardTest {

  private static final int FEE_RATE = 10;

  @TempDir Path dataDir;

  private Bitcoind bitcoind;
  private RunningTower tower;
  private int port;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws Exception {
    bitcoind = Bitcoind.start();
    bitcoind.mine(120);
    port = FreePort.find();
    tower = RunningTower.start(bitcoind, dataDir, Map.of("web_port", Integer.toString(port)));
  }

  @AfterEach
  void stop() throws Exception {
    http.close();
    tower.close();
    bitcoind.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  /** Returns the values by name and labels as in the text format. */
  private Map<String, Double> metrics() throws IOException, InterruptedException {
    Map<String, Double> found = new TreeMap<>();
    for (String line : get("/metrics").body().lines().toList()) {
      if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        found.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
      }
    }
    return found;
  }

  private double metric(String name) throws IOException, InterruptedException {
    return Objects.requireNonNull(metrics().get(name), name);
  }

  @Test
  void metricsReflectABreach() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = tower.registered(Dialect.V2);
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));

    assertThat(metrics())
        .containsEntry("teos_appointments", 1.0)
        .containsEntry("teos_users", 1.0)
        .containsEntry("teos_slots_available", 9_999.0)
        .containsEntry("teos_bitcoind_up", 1.0)
        .containsEntry("teos_zmq_up{feed=\"blocks\"}", 1.0)
        .containsEntry("teos_ready", 1.0)
        .containsEntry("teos_penalty_unconfirmed_blocks", 0.0)
        .containsEntry("teos_tracker_events_total{event=\"seen\"}", 0.0)
        .containsEntry("teos_request_seconds_count{path=\"/add_appointment\",status=\"200\"}", 1.0)
        .hasEntrySatisfying("teos_commit_seconds_count", count -> assertThat(count).isPositive())
        .hasEntrySatisfying("teos_database_bytes", size -> assertThat(size).isPositive())
        .hasEntrySatisfying("teos_disk_free_bytes", size -> assertThat(size).isPositive())
        .hasKeySatisfying(
            new Condition<>(key -> key.startsWith("jvm_memory_used_bytes{area=\"heap\""), "heap"));

    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    Eventually.holds(
        "the penalty is sent", () -> metric("teos_trackers{status=\"in_mempool\"}") == 1.0);
    assertThat(metrics())
        .containsEntry("teos_tracker_events_total{event=\"seen\"}", 1.0)
        .containsEntry("teos_tracker_events_total{event=\"sent\"}", 1.0)
        .containsEntry("teos_penalty_unconfirmed_blocks", 1.0);
    // This node has no transactions to estimate from.
    Eventually.holds(
        "a verdict", () -> metric("teos_penalty_verdicts{verdict=\"unknown\"}") == 1.0);
    assertThat(metrics())
        .containsEntry("teos_penalty_verdicts{verdict=\"likely\"}", 0.0)
        .containsEntry("teos_penalty_verdicts{verdict=\"at_risk\"}", 0.0)
        .containsEntry("teos_penalty_verdicts{verdict=\"unlikely\"}", 0.0);

    bitcoind.mine(1);
    Eventually.holds(
        "the penalty is confirmed", () -> metric("teos_trackers{status=\"confirmed\"}") == 1.0);
    assertThat(metrics())
        .containsEntry("teos_tracker_events_total{event=\"confirmed\"}", 1.0)
        .containsEntry("teos_penalty_unconfirmed_blocks", 0.0);
    Eventually.holds(
        "no verdict", () -> metric("teos_penalty_verdicts{verdict=\"unknown\"}") == 0.0);
    Eventually.holds(
        "the tower is at bitcoind's height",
        () ->
            metric("teos_bitcoind_height") == bitcoind.height()
                && metric("teos_blocks_behind") == 0.0);
  }

  @Test
  void metricsOfRulesDashboardAndDocumentationExist() throws Exception {
    tower.registered(Dialect.V1);
    Set<String> names = new TreeSet<>();
    metrics().keySet().forEach(key -> names.add(key.replaceFirst("\\{.*", "")));
    assertThat(names).containsAll(ContribTest.metricsUsed());
    Set<String> documented = ContribTest.metricsDocumented();
    assertThat(documented).allMatch(one -> names.stream().anyMatch(name -> name.startsWith(one)));
    assertThat(names.stream().filter(name -> name.startsWith("teos_")))
        .allMatch(name -> documented.stream().anyMatch(name::startsWith));
  }

  @Test
  void metricsReflectReorgs() throws Exception {
    List<String> mined = bitcoind.mine(3);
    Eventually.holds("the tower has the blocks", () -> metric("teos_height") == bitcoind.height());
    bitcoind.rpc("invalidateblock", mined.get(1));
    bitcoind.mineBlockWith(
        List.of(HexFormat.of().formatHex(LightningChannel.open(bitcoind).commitment())));
    bitcoind.mine(2);
    Eventually.holds("the reorg", () -> metric("teos_reorg_depth_blocks") == 2.0);
    assertThat(metrics())
        .containsEntry("teos_reorgs_total", 1.0)
        .containsEntry("teos_reorg_blocks_total", 2.0);
  }

  @Test
  void healthFollowsBitcoind() throws Exception {
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").body()).isEqualTo("{\"status\":\"ok\",\"faults\":[]}");
    bitcoind.stop();
    tower.daemon().chainMonitor().wake();
    // bitcoind does not answer calls while it stops.
    Eventually.holds(
        "not ready because of bitcoind",
        () -> {
          HttpResponse<String> health = get("/health/ready");
          JsonNode faults = new ObjectMapper().readTree(health.body()).path("faults");
          return health.statusCode() == 503
              && faults.path(0).asText().equals("bitcoind is unavailable");
        });
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(metrics()).containsEntry("teos_bitcoind_up", 0.0).containsEntry("teos_ready", 0.0);
    bitcoind.restart();
    Eventually.holds("ready again", () -> get("/health/ready").statusCode() == 200);
  }

  /** DNS rebinding: a foreign page whose host name resolves to the tower's address. */
  @Test
  void rejectsUnknownHostName() throws Exception {
    assertThat(firstLine("attacker.example")).isEqualTo("HTTP/1.1 421 Misdirected Request");
    assertThat(firstLine("localhost:" + port)).isEqualTo("HTTP/1.1 200 OK");
    assertThat(get("/nothing").statusCode()).isEqualTo(404);
  }

  private String firstLine(String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /health/live HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }
}
