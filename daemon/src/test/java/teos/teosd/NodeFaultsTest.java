package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FaultyLink;
import teos.testkit.FaultyLink.Fault;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * A bitcoind that becomes unavailable in various ways and recovers. During the outage registration
 * is refused with the reason and appointments are still stored where that is safe; afterwards the
 * tower responds to breaches from the outage without any intervention.
 */
@Tag("bitcoind")
@ResourceLock(LogLines.LOG)
@Order(1)
class NodeFaultsTest {

  private static final int FEE_RATE = 10;
  private static final BitcoindOptions OPTIONS =
      BitcoindOptions.DEFAULT.withListening().withCredentials("teos", "secret");

  @TempDir Path dataDir;

  /** Starts a tower that calls bitcoind through {@code link} and polls once per second. */
  private RunningTower tower(FaultyLink link) throws Exception {
    Path cookie = dataDir.resolve("cookie");
    Files.writeString(cookie, "teos:secret");
    return RunningTower.start(
        link.port(), cookie, dataDir, Map.of("polling_delta", "1", "btc_feed_port", "0"));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void send(TowerUser user, LightningChannel channel) throws Exception {
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
  }

  private static void awaitPenalty(Bitcoind node, LightningChannel channel) throws Exception {
    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    Eventually.holds("penalty in the mempool", () -> node.mempool().contains(penalty));
  }

  private static void awaitNoRegistration(RunningTower tower, String why) throws Exception {
    awaitRefusal(tower.user(Dialect.V1), why);
    TowerUser.Reply v2 = awaitRefusal(tower.user(Dialect.V2), why);
    assertThat(v2.json().path("error_code").asInt()).isEqualTo(32);
  }

  private static TowerUser.Reply awaitRefusal(TowerUser user, String why) throws Exception {
    TowerUser.Reply[] last = new TowerUser.Reply[1];
    Eventually.holds(
        "503 with: " + why,
        () -> {
          last[0] = user.register();
          return last[0].status() == 503
              && last[0]
                  .json()
                  .path("error")
                  .asText()
                  .matches("Registration is unavailable: " + why);
        });
    return last[0];
  }

  private static void awaitRegistration(RunningTower tower) throws Exception {
    Eventually.holds("registered", () -> tower.user(Dialect.V2).register().status() == 200);
  }

  private static void awaitTip(RunningTower tower, Bitcoind node) throws Exception {
    String tip = node.bestBlockHash();
    Eventually.holds(
        "at " + tip, () -> tower.daemon().components().lastKnownBlock().hash().equals(tip));
  }

  /** A change to the node or the link that causes a fault or ends it. */
  private interface FaultAction {
    void run(FaultyLink link, Bitcoind node) throws Exception;
  }

  /**
   * Sends one appointment before the fault and one during it, mines both disputes after the fault
   * has ended, and checks both penalties.
   */
  private void assertSurvivesFault(FaultAction begin, String why, FaultAction end)
      throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      List<LightningChannel> channels = LightningChannel.openMany(node, 2);
      try (RunningTower tower = tower(link)) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channels.getFirst());
        begin.run(link, node);
        awaitNoRegistration(tower, why);
        send(user, channels.getLast());
        assertThat(tower.daemon().components().storedAppointments()).isEqualTo(2);
        end.run(link, node);
        for (LightningChannel channel : channels) {
          node.mineBlockWith(List.of(hex(channel.commitment())));
        }
        for (LightningChannel channel : channels) {
          awaitPenalty(node, channel);
        }
        awaitRegistration(tower);
      }
    }
  }

  /** Asserts the same as {@link #assertSurvivesFault}, with the disputes mined during the fault. */
  private void assertSurvivesFaultWithMissedBlocks(Fault fault, String why) throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      List<LightningChannel> channels = LightningChannel.openMany(node, 2);
      try (RunningTower tower = tower(link)) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channels.getFirst());
        link.set(fault);
        awaitNoRegistration(tower, why);
        send(user, channels.getLast());
        for (LightningChannel channel : channels) {
          node.mineBlockWith(List.of(hex(channel.commitment())));
        }
        node.mine(20); // more blocks than the locator cache covers
        link.set(new Fault.None());
        for (LightningChannel channel : channels) {
          awaitPenalty(node, channel);
        }
        awaitTip(tower, node);
        awaitRegistration(tower);
      }
    }
  }

  @Test
  void connectionRefused() throws Exception {
    assertSurvivesFaultWithMissedBlocks(new Fault.ClosesAtOnce(), "bitcoind is unavailable");
  }

  @Test
  void workQueueExceeded() throws Exception {
    assertSurvivesFaultWithMissedBlocks(
        new Fault.HttpResponse(503, "Work queue depth exceeded"), "bitcoind is too busy");
  }

  @Test
  void nodeInWarmup() throws Exception {
    assertSurvivesFaultWithMissedBlocks(
        new Fault.RpcError(-28, "Loading block index…"),
        "bitcoind is starting: Loading block index…");
  }

  @Test
  void credentialsRejected() throws Exception {
    assertSurvivesFaultWithMissedBlocks(new Fault.HttpResponse(401, ""), "bitcoind is unavailable");
  }

  @Test
  void otherServerAnswers() throws Exception {
    assertSurvivesFaultWithMissedBlocks(
        new Fault.HttpResponse(502, "<html>Bad Gateway</html>"), "bitcoind is unavailable");
  }

  @Test
  void acceptsConnectionsWithoutAnswering() throws Exception {
    assertSurvivesFaultWithMissedBlocks(new Fault.BlackHole(), "bitcoind is unavailable");
  }

  @Test
  void openConnectionsGoSilent() throws Exception {
    assertSurvivesFault(
        (link, node) -> link.setKeepingConnections(new Fault.BlackHole()),
        "bitcoind is unavailable",
        (link, node) -> link.setKeepingConnections(new Fault.None()));
  }

  @Test
  void nodeRestarted() throws Exception {
    assertSurvivesFault(
        (link, node) -> node.stop(), "bitcoind is unavailable", (link, node) -> node.restart());
  }

  @Test
  void nodeKilled() throws Exception {
    assertSurvivesFault(
        (link, node) -> {
          node.rpc("gettxoutsetinfo"); // flushes the chain state to disk
          node.kill();
        },
        "bitcoind is unavailable",
        (link, node) -> node.restart());
  }

  @Test
  void nodeReindexed() throws Exception {
    assertReindexed("-reindex");
  }

  @Test
  void chainStateReindexed() throws Exception {
    assertReindexed("-reindex-chainstate");
  }

  /** Asserts that during the reindex the tower reports no reorg and misses no breach. */
  private void assertReindexed(String how) throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(1_500);
      List<LightningChannel> channels = LightningChannel.openMany(node, 2);
      try (RunningTower tower = tower(link);
          LogLines log = new LogLines()) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channels.getFirst());
        node.mineBlockWith(List.of(hex(channels.getFirst().commitment())));
        awaitPenalty(node, channels.getFirst());
        node.mine(1);
        awaitTip(tower, node);
        node.stop();
        awaitNoRegistration(tower, "bitcoind is unavailable");
        send(user, channels.getLast());
        node.restart(how);
        awaitRegistration(tower);
        node.mineBlockWith(List.of(hex(channels.getLast().commitment())));
        awaitPenalty(node, channels.getLast());
        awaitTip(tower, node);
        assertThat(log.containing("disconnected from the best chain")).isEmpty();
        assertThat(tower.daemon().components().storedTrackers()).isEqualTo(2);
      }
    }
  }

  @Test
  void slowNode_isNotTreatedAsUnavailable() throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      LightningChannel channel = LightningChannel.open(node);
      try (RunningTower tower = tower(link)) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channel);
        link.setKeepingConnections(new Fault.SlowResponses(Duration.ofMillis(300)));
        node.mineBlockWith(List.of(hex(channel.commitment())));
        awaitPenalty(node, channel);
        // A slow node counts as available.
        assertThat(tower.user(Dialect.V2).register().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void idleConnectionsClosed_areReopenedSilently() throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      LightningChannel channel = LightningChannel.open(node);
      try (RunningTower tower = tower(link);
          LogLines log = new LogLines()) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channel);
        for (int i = 0; i < 5; i++) {
          int before = link.connections();
          link.dropIdleConnections();
          Eventually.holds("reconnected", () -> link.connections() > before);
        }
        node.mineBlockWith(List.of(hex(channel.commitment())));
        awaitPenalty(node, channel);
        assertThat(log.containing("does not answer")).isEmpty();
      }
    }
  }

  @Test
  void replacementNodeThatIsBehind_isWaitedFor() throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        Bitcoind behind = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      LightningChannel channel = LightningChannel.open(node);
      LightningChannel later = LightningChannel.open(node);
      behind.connectTo(node);
      String common = node.bestBlockHash();
      Eventually.holds("joined", () -> behind.bestBlockHash().equals(common));
      behind.setNetworkActive(false);
      try (RunningTower tower = tower(link);
          LogLines log = new LogLines()) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channel);
        node.mine(20);
        awaitTip(tower, node);
        link.redirectTo(behind.rpcPort());
        int height = behind.height();
        awaitNoRegistration(
            tower,
            "bitcoind is out of sync: it is at block %d of %d".formatted(height, height + 20));
        send(user, later);
        assertThat(tower.daemon().chainMonitor().tip().height()).isEqualTo(height + 20);
        node.mineBlockWith(List.of(hex(channel.commitment())));
        node.mineBlockWith(List.of(hex(later.commitment())));
        behind.setNetworkActive(true);
        behind.connectTo(node);
        awaitPenalty(behind, channel);
        awaitPenalty(behind, later);
        awaitRegistration(tower);
        assertThat(log.containing("disconnected from the best chain")).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void nodeOnAnotherChain_isNotUsed(Dialect dialect) throws Exception {
    try (Bitcoind foreign = Bitcoind.start(OPTIONS)) {
      foreign.mine(150);
      assertRefusesUntilOriginalNodeReturns(
          dialect, foreign, "bitcoind is on another chain", "is on another chain");
    }
  }

  @Test
  void nodeOnAnotherNetwork_isNotUsed() throws Exception {
    try (Bitcoind signet = Bitcoind.start(OPTIONS.onSignet())) {
      assertRefusesUntilOriginalNodeReturns(
          Dialect.V2, signet, "bitcoind is on another network", "is on another network");
    }
  }

  private void assertRefusesUntilOriginalNodeReturns(
      Dialect dialect, Bitcoind foreign, String why, String logged) throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS);
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      LightningChannel channel = LightningChannel.open(node);
      LightningChannel later = LightningChannel.open(node);
      try (RunningTower tower = tower(link);
          LogLines log = new LogLines()) {
        TowerUser user = tower.registered(dialect);
        send(user, channel);
        link.redirectTo(foreign.rpcPort());
        awaitNoRegistration(tower, why);
        TowerUser.Reply refused =
            user.send(user.appointment(later.commitmentTxid(), later.penalty(FEE_RATE)));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().path("error").asText())
            .isEqualTo("The tower does not accept appointments: " + why);
        node.mineBlockWith(List.of(hex(channel.commitment())));
        node.mine(20);
        link.redirectTo(node.rpcPort());
        awaitPenalty(node, channel);
        awaitRegistration(tower);
        send(user, later);
        assertThat(log.containing(logged)).hasSize(1);
        assertThat(log.containing("disconnected from the best chain")).isEmpty();
      }
    }
  }

  @Test
  void unseenBlocksPruned_requiresForceUpdate() throws Exception {
    try (Bitcoind node = Bitcoind.start(OPTIONS.withArgs("-prune=1", "-fastprune"));
        FaultyLink link = FaultyLink.to(node.rpcPort())) {
      node.mine(120);
      LightningChannel channel = LightningChannel.open(node);
      LightningChannel missed = LightningChannel.open(node);
      LightningChannel seen = LightningChannel.open(node);
      try (RunningTower tower = tower(link);
          LogLines log = new LogLines()) {
        TowerUser user = tower.registered(Dialect.V2);
        send(user, channel);
        send(user, seen);
        link.set(new Fault.ClosesAtOnce());
        awaitNoRegistration(tower, "bitcoind is unavailable");
        node.mine(1_000);
        node.rpc("pruneblockchain", 700);
        link.set(new Fault.None());
        awaitNoRegistration(tower, "bitcoind has pruned blocks that the tower has not seen");
        assertThat(
                user.send(user.appointment(missed.commitmentTxid(), missed.penalty(FEE_RATE)))
                    .status())
            .isEqualTo(503);
        assertThat(log.containing("has pruned block"))
            .singleElement()
            .asString()
            .contains("--forceupdate", "are MISSED");
      }
      try (RunningTower tower = forced(link)) {
        node.mineBlockWith(List.of(hex(seen.commitment())));
        awaitPenalty(node, seen);
        awaitTip(tower, node);
        awaitRegistration(tower);
      }
    }
  }

  private RunningTower forced(FaultyLink link) throws Exception {
    return RunningTower.start(
        link.port(),
        dataDir.resolve("cookie"),
        dataDir,
        Map.of("polling_delta", "1", "btc_feed_port", "0", "force_update", "true"));
  }
}
