package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.common.KeyFile;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.LndNode;

/**
 * Two real lnds with a channel. One backs up its states to our tower and is offline when the other
 * publishes a revoked commitment.
 */
@Tag("bitcoind")
@Tag("lnd")
@Order(1)
class LndInteropTest {

  private static final int CAPACITY = 1_000_000;
  private static final int PUSHED = 400_000;

  private static Bitcoind bitcoind;

  @TempDir Path folder;

  /** Channel types. */
  enum Kind {
    ANCHORS(List.of(), List.of()),
    TAPROOT(
        List.of("--protocol.simple-taproot-chans"), List.of("--channel_type=taproot", "--private")),
    LEGACY(List.of("--protocol.no-anchors"), List.of());

    final List<String> flags;
    final List<String> opening;

    Kind(List<String> flags, List<String> opening) {
      this.flags = flags;
      this.opening = opening;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    boolean go =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "go")));
    Assumptions.assumeTrue(
        go || System.getenv("CI") != null, "lnd is built with go, which is not on PATH");
    bitcoind = Bitcoind.start();
    if (isKnots()) { // Knots treats the dropped key in taproot channels' scripts as data:
      // docs/lnd.md
      bitcoind.stop();
      bitcoind.restart("-acceptnonstddatacarrier=1");
    }
    bitcoind.mine(120);
  }

  private static boolean isKnots() {
    return bitcoind.rpc("getnetworkinfo").path("subversion").asText().contains("Knots");
  }

  @AfterAll
  static void stop() throws Exception {
    if (bitcoind != null) {
      bitcoind.close();
    }
  }

  private LndNode node(String name, Kind kind, String... more) throws Exception {
    String[] flags = Stream.concat(kind.flags.stream(), Stream.of(more)).toArray(String[]::new);
    return LndNode.start(bitcoind, folder.resolve(name), flags);
  }

  private static void fund(LndNode node) throws Exception {
    String address = node.call("newaddress", "p2wkh").path("address").asText();
    bitcoind.rpc("sendtoaddress", address, 1);
    bitcoind.mine(1);
    node.await(
        "funded",
        () -> node.call("walletbalance").path("confirmed_balance").asLong() >= 100_000_000);
  }

  private static JsonNode channel(LndNode node) throws Exception {
    return node.call("listchannels").path("channels").path(0);
  }

  private static void open(LndNode from, LndNode to, Kind kind) throws Exception {
    from.call("connect", to.address());
    String[] words =
        Stream.concat(
                Stream.of(
                    "openchannel",
                    "--node_key=" + to.key(),
                    "--local_amt=" + CAPACITY,
                    "--push_amt=" + PUSHED,
                    "--sat_per_vbyte=5"),
                kind.opening.stream())
            .toArray(String[]::new);
    from.call(words);
    bitcoind.mine(6);
    for (LndNode node : List.of(from, to)) {
      node.await("channel active", () -> channel(node).path("active").asBoolean());
    }
  }

  private static void pay(LndNode from, LndNode to, int satoshi) throws Exception {
    String invoice =
        to.call("addinvoice", "--private", "--amt=" + satoshi).path("payment_request").asText();
    from.await(
        "paid",
        () -> {
          from.call("payinvoice", "--force", "--timeout=20s", invoice);
          return true;
        });
  }

  private static void reconnect(LndNode from, LndNode to) throws Exception {
    from.await(
        "connected again",
        () -> {
          if (!channel(from).path("active").asBoolean()) {
            from.call("connect", to.address());
          }
          return channel(from).path("active").asBoolean();
        });
  }

  /** Waits until the tower has acknowledged {@code min} updates and lnd has none pending. */
  private static void awaitBackups(LndNode victim, long min) throws Exception {
    victim.await(
        "updates acknowledged by the tower",
        () ->
            victim.call("wtclient", "stats").path("num_pending_backups").asInt() == 0
                && updates(victim, "num_pending_backups") == 0
                && updates(victim, "num_backups") >= min);
  }

  /** lnd's statistics count an update when a session has been found for it, not when it is sent. */
  private static long updates(LndNode victim, String field) throws Exception {
    long sum = 0;
    JsonNode tower = victim.call("wtclient", "towers", "--include_sessions").path("towers").path(0);
    for (JsonNode kind : tower.path("session_info")) {
      for (JsonNode session : kind.path("sessions")) {
        sum += session.path(field).asLong();
      }
    }
    return sum;
  }

  private TowerProcess tower(int port, int lndPort) throws Exception {
    return tower("tower", port, lndPort, Map.of());
  }

  private TowerProcess tower(String name, int port, int lndPort, Map<String, String> more)
      throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("lnd_support", "");
    settings.put("lnd_port", Integer.toString(lndPort));
    TowerProcess tower = TowerProcess.start(bitcoind, folder.resolve(name), port, settings);
    tower.awaitReady();
    return tower;
  }

  private String towerKey() throws IOException {
    return towerKey("tower");
  }

  private String towerKey(String name) throws IOException {
    return new KeyFile(folder.resolve(name + "/regtest/teos_sk.der"), "the tower's key")
        .load()
        .publicKey()
        .toHex();
  }

  /** lnd retries a refused update with the same tower, so a full tower must refuse new sessions. */
  @Test
  void fullTower_refusesSessionAndClientUsesAnotherTower() throws Exception {
    int lndPort = FreePort.find();
    int fullPort = FreePort.find();
    try (TowerProcess full =
            tower("full", FreePort.find(), fullPort, Map.of("max_appointments", "1000"));
        LndNode client = node("client", Kind.ANCHORS, "--wtclient.active")) {
      client.call("wtclient", "add", towerKey("full") + "@127.0.0.1:" + fullPort);
      client.await("refused", () -> client.log().contains("CodeTemporaryFailure"));
      try (TowerProcess tower = tower("tower", FreePort.find(), lndPort, Map.of())) {
        client.call("wtclient", "add", towerKey() + "@127.0.0.1:" + lndPort);
        client.await("a session with the other tower", () -> sessions(client, towerKey()) > 0);
        assertThat(sessions(client, towerKey("full"))).as(full.output()).isZero();
        assertThat(tower.isAlive()).isTrue();
      }
    }
  }

  /**
   * Restores the tower from a backup that is older than an acknowledged update, so that lnd has a
   * reply that is missing in this database.
   */
  private void restoreOlderBackup(TowerProcess running, int port, int lndPort, LndNode... nodes)
      throws Exception {
    LndNode cheater = nodes[0];
    LndNode victim = nodes[1];
    Path data = folder.resolve("tower").resolve("regtest");
    Path backup = folder.resolve("backup");
    stop(running);
    copy(data, backup);
    try (TowerProcess second = tower(port, lndPort)) {
      backUp(cheater, victim);
      stop(second);
    }
    copy(backup, data);
    try (TowerProcess third = tower(port, lndPort)) {
      backUp(cheater, victim);
      assertThat(third.output()).contains("acknowledged updates are missing from this database");
      stop(third);
    }
  }

  private static void backUp(LndNode cheater, LndNode victim) throws Exception {
    long before = updates(victim, "num_backups");
    pay(cheater, victim, 1_000);
    awaitBackups(victim, before + 1);
  }

  private static void stop(TowerProcess tower) throws Exception {
    tower.signal("TERM");
    assertThat(tower.awaitExit()).isZero();
  }

  /** Copies the regular files of a folder. */
  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static int sessions(LndNode client, String tower) throws Exception {
    int sessions = 0;
    for (JsonNode kind :
        client.call("wtclient", "tower", "--include_sessions", tower).path("session_info")) {
      sessions += kind.path("num_sessions").asInt();
    }
    return sessions;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void claimsWholeChannelFromRevokedCommitment(Kind kind) throws Exception {
    int port = FreePort.find();
    int lndPort = FreePort.find();
    Path old = folder.resolve("old.db");
    try (TowerProcess first = tower(port, lndPort);
        LndNode cheater = node("cheater", kind);
        LndNode victim = node("victim", kind, "--wtclient.active")) {
      victim.call("wtclient", "add", towerKey() + "@127.0.0.1:" + lndPort);
      fund(cheater);
      open(cheater, victim, kind);
      pay(cheater, victim, 20_000);
      pay(victim, cheater, 10_000);
      awaitBackups(victim, 1);
      if (kind == Kind.ANCHORS) {
        restoreOlderBackup(first, port, lndPort, cheater, victim);
      } else {
        stop(first);
      }
      cheater.stop();
      cheater.saveChannels(old);
      cheater.start();
      reconnect(cheater, victim);

      assertThat(first.output().contains("refuses justice transactions of taproot channels"))
          .isEqualTo(isKnots());
      try (TowerProcess again = tower(port, lndPort)) {
        long before = updates(victim, "num_backups");
        pay(cheater, victim, 100_000);
        pay(victim, cheater, 5_000);
        awaitBackups(victim, before + 2);
        String point = channel(cheater).path("channel_point").asText();
        long balance = victim.call("walletbalance").path("total_balance").asLong();
        victim.stop();
        cheater.stop();
        cheater.restoreChannels(old);
        cheater.start();
        String commitment = publishOld(cheater, point);
        JsonNode justice = confirmedSpender(commitment, again);
        assertThat(justice.path("vin")).as(again.output()).hasSize(2);
        victim.start();
        victim.await(
            "received the whole channel balance",
            () ->
                victim.call("walletbalance").path("total_balance").asLong()
                    > balance + CAPACITY * 9L / 10);
        assertThat(channel(victim).isMissingNode()).isTrue();
      }
    }
  }

  /** Publishes the revoked commitment and returns its txid once it is in the mempool. */
  private static String publishOld(LndNode cheater, String point) throws Exception {
    String funding = point.substring(0, point.indexOf(':'));
    try {
      cheater.call("closechannel", "--force", "--chan_point=" + point);
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "\n" + cheater.log(), e);
    }
    AtomicReference<String> found = new AtomicReference<>();
    Eventually.holds(
        "commitment in the mempool",
        () -> {
          bitcoind.mempool().stream()
              .filter(txid -> spends(transaction(txid), funding))
              .forEach(found::set);
          return found.get() != null;
        });
    return found.get();
  }

  private static JsonNode transaction(String txid) {
    return bitcoind.rpc("getrawtransaction", txid, true);
  }

  private static boolean spends(JsonNode transaction, String txid) {
    for (JsonNode input : transaction.path("vin")) {
      if (input.path("txid").asText().equals(txid)) {
        return true;
      }
    }
    return false;
  }

  /** Mines until a transaction spends {@code commitment} with two inputs, and returns it. */
  private static JsonNode confirmedSpender(String commitment, TowerProcess tower) throws Exception {
    AtomicReference<JsonNode> found = new AtomicReference<>();
    try {
      Eventually.holds(
          "justice in a block",
          () -> {
            String hash = bitcoind.mine(1).getFirst();
            for (JsonNode transaction : bitcoind.rpc("getblock", hash, 2).path("tx")) {
              if (spends(transaction, commitment) && transaction.path("vin").size() == 2) {
                found.set(transaction);
              }
            }
            Thread.sleep(500);
            return found.get() != null;
          });
    } catch (AssertionError e) {
      throw new AssertionError(tower.output(), e);
    }
    return found.get();
  }
}
