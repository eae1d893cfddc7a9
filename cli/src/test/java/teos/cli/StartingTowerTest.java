package teos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.teosd.Eventually;
import teos.teosd.TowerProcess;
import teos.testkit.Bitcoind;
import teos.testkit.FaultyLink;
import teos.testkit.FreePort;
import teos.testkit.PostgresServer;
import teos.testkit.junit.TestBitcoind;

/**
 * A real tower before it is ready: it serves the operator's status calls, rejects other calls, and
 * does not listen for users.
 */
@Tag("bitcoind")
@Tag("postgres")
class StartingTowerTest {

  private static final int BLOCKS_MISSED = 2_000;

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path folder;
  private int apiPort;
  private int internalPort;
  private int rpcPort;

  @BeforeEach
  void ports() throws Exception {
    apiPort = FreePort.find();
    internalPort = FreePort.find();
    rpcPort = FreePort.find();
  }

  private TowerProcess start(Map<String, String> more) throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("rpc_port", Integer.toString(rpcPort));
    settings.put("internal_api_port", Integer.toString(internalPort));
    return TowerProcess.start(bitcoind, folder, apiPort, settings);
  }

  private static Map<String, String> behind(FaultyLink link) {
    return Map.of("btc_rpc_port", Integer.toString(link.port()));
  }

  private ProcessResult ask(boolean terminal, String... command) {
    List<String> all = new ArrayList<>(Arrays.asList(command));
    all.addAll(List.of("--datadir", folder.toString(), "--rpcport", Integer.toString(rpcPort)));
    return ProcessResult.teosCli(terminal, all.toArray(String[]::new));
  }

  private void awaitStartupStep(String step) throws Exception {
    Eventually.holds(
        step,
        () -> {
          ProcessResult result = ask(false, "get_tower_info");
          return result.code() == 0 && result.json().path("starting").asText().startsWith(step);
        });
  }

  private void assertNoPortsForUsers() {
    assertThat(FreePort.isListening(apiPort)).isFalse();
    assertThat(FreePort.isListening(internalPort)).isFalse();
  }

  private void assertRejectsCallsWhile(String step) throws Exception {
    for (String command : List.of("get_users", "get_all_appointments", "get_invitations")) {
      ProcessResult rejected = ask(false, command);
      assertThat(rejected.code()).as(rejected.toString()).isEqualTo(3);
      assertThat(rejected.out()).isEmpty();
      assertThat(rejected.error().path("error").asText())
          .startsWith("The tower is starting (" + step);
    }
  }

  @Test
  void catchingUp_reportsProgressAndCanBeStopped() throws Exception {
    try (TowerProcess tower = start(Map.of())) {
      tower.awaitReady();
      assertThat(ask(true, "get_tower_info").out())
          .contains("registered users       0\n")
          .doesNotContain("starting");
      assertThat(ask(true, "stop").code()).isZero();
      assertThat(tower.awaitExit()).isZero();
    }
    int before = bitcoind.height();
    bitcoind.mine(BLOCKS_MISSED);
    try (FaultyLink link = FaultyLink.to(bitcoind.rpcPort())) {
      link.set(new FaultyLink.Fault.SlowResponses(Duration.ofMillis(500)));
      try (TowerProcess tower = start(behind(link))) {
        awaitStartupStep("catching up: block ");
        JsonNode info = ask(false, "get_tower_info").json();
        assertThat(info.path("starting").asText())
            .matches("catching up: block [\\d,]+ of %,d".formatted(before + BLOCKS_MISSED));
        assertThat(info.path("tower_id").asText()).hasSize(66);
        assertThat(info.path("listens_at").asText()).endsWith(":" + apiPort);
        assertThat(info.has("n_registered_users")).isFalse();
        assertThat(ask(true, "get_tower_info").out())
            .contains("starting               catching up: block ")
            .doesNotContain("registered users");
        assertRejectsCallsWhile("catching up: block ");
        assertThat(ask(true, "set_log_level", "teos.nowhere=debug").code()).isZero();
        assertNoPortsForUsers();
        assertThat(ask(true, "stop").out()).isEqualTo("The tower is stopping.\n");
        assertThat(tower.awaitExit()).isZero();
        assertThat(tower.output()).contains("database closed").doesNotContain("tower ready");
      }
    }
    try (TowerProcess tower = start(Map.of())) { // resumes there
      tower.awaitReady();
      assertThat(ask(false, "get_users").code()).isZero();
    }
  }

  @Test
  void bitcoindDoesNotAnswer_reportsCheckAndCanBeStopped() throws Exception {
    try (FaultyLink link = FaultyLink.to(bitcoind.rpcPort())) {
      link.set(new FaultyLink.Fault.BlackHole());
      try (TowerProcess tower = start(behind(link))) {
        awaitStartupStep("checking bitcoind");
        assertRejectsCallsWhile("checking bitcoind");
        assertNoPortsForUsers();
        assertThat(ask(true, "stop").code()).isZero();
        assertThat(tower.awaitExit()).isZero();
      }
      Map<String, String> background = new HashMap<>(behind(link));
      background.put("daemon", "");
      try (TowerProcess command = start(background)) {
        awaitStartupStep("checking bitcoind");
        assertThat(ask(true, "stop").code()).isZero();
        assertThat(command.awaitExit()).as("nothing runs").isEqualTo(1);
        assertThat(command.output()).contains("not started");
      }
    }
  }

  @Test
  void standingBy_reportsTheWatchingTowerAndCanBeStopped() throws Exception {
    try (PostgresServer server = PostgresServer.start()) {
      Map<String, String> database = Map.of("database_url", server.url("teos"));
      try (TowerProcess first =
          TowerProcess.start(bitcoind, folder.resolve("first"), FreePort.find(), database)) {
        first.awaitReady();
        try (TowerProcess second = start(database)) {
          awaitStartupStep("standing by: ");
          assertRejectsCallsWhile("standing by: ");
          assertThat(ask(true, "get_tower_info").out())
              .contains(folder.resolve("first/regtest") + " watches");
          assertNoPortsForUsers();
          assertThat(ask(true, "stop").code()).isZero();
          assertThat(second.awaitExit()).isZero();
        }
        assertThat(first.isAlive()).isTrue();
      }
    }
  }
}
