package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import teos.bitcoin.RpcMethods;
import teos.protocol.Dialect;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;

/** A bitcoind whose {@code rpcwhitelist} allows all methods that the tower calls, or only some. */
@Tag("bitcoind")
@ResourceLock(LogLines.LOG)
class RpcWhitelistTest {

  private static final TreeSet<String> ALL = new TreeSet<>(RpcMethods.REQUIRED);
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @BeforeAll
  static void start() throws Exception {
    List<String> lacking = new ArrayList<>(RpcMethods.REQUIRED);
    lacking.removeAll(List.of("getblock", "sendrawtransaction"));
    ALL.addAll(RpcMethods.OPTIONAL.keySet());
    bitcoind =
        Bitcoind.start(
            BitcoindOptions.DEFAULT
                .withWhitelistedUser("complete", ALL)
                .withWhitelistedUser("required", RpcMethods.REQUIRED)
                .withWhitelistedUser("lacking", lacking)
                .withWhitelistedUser("nothing", List.of("uptime")));
    bitcoind.mine(120);
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  private RunningTower tower(String user) throws Exception {
    Path cookie = Files.writeString(dataDir.resolve("cookie"), user + ":" + user);
    return RunningTower.start(
        bitcoind.rpcPort(),
        cookie,
        dataDir,
        Map.of("btc_feed_port", Integer.toString(bitcoind.zmqPort())));
  }

  @Test
  void missingRequiredMethodsAreNamedAtStartup() {
    assertThatThrownBy(() -> tower("lacking"))
        .isInstanceOfSatisfying(
            StartupException.class,
            e -> assertThat(e.exitCode()).isEqualTo(ExitCode.BITCOIND_METHODS))
        .hasMessageContaining("does not allow the tower to call getblock, sendrawtransaction.")
        .hasMessageContaining("rpcwhitelist");
    assertThatThrownBy(() -> tower("nothing"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("allows none of the methods")
        .hasMessageContaining(String.join(",", RpcMethods.REQUIRED));
  }

  @Test
  void requiredMethodsSufficeForAllPenalties() throws Exception {
    try (LogLines log = new LogLines();
        RunningTower tower = tower("required")) {
      assertThat(log.containing("optional bitcoind RPC method is missing"))
          .hasSameSizeAs(RpcMethods.OPTIONAL.keySet());
      assertRespondsToAll(tower);
      assertThat(tower.user(Dialect.V2).register().status()).isEqualTo(200);
      assertThat(log.containing("WATCHING")).isEmpty();
      assertThat(log.containing("credentials")).isEmpty();
    }
  }

  @Test
  void documentedMethodsAreAllThatAreCalled() throws Exception {
    assertThatThrownBy(() -> tower("nothing")).isInstanceOf(StartupException.class);
    try (RunningTower tower = tower("complete")) {
      assertRespondsToAll(tower);
    }
    assertThat(Files.readString(bitcoind.dataDir().resolve("regtest/debug.log")))
        .contains("RPC User nothing not allowed to call method")
        .doesNotContain("RPC User complete not allowed to call method");
    Path page = Path.of(System.getProperty("teos.root", "..")).resolve("docs/running.md");
    assertThat(Files.readString(page)).contains("\nrpcwhitelist=teos:" + String.join(",", ALL));
  }

  /** Causes breaches that need every RPC method, including a penalty rejected for a conflict. */
  private void assertRespondsToAll(RunningTower tower) throws Exception {
    List<BreachFixture> breaches = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      breaches.add(BreachFixture.watched(bitcoind, tower, 10));
    }
    BreachFixture outbid = breaches.getFirst();
    bitcoind.rpc("sendrawtransaction", outbid.rawDispute());
    bitcoind.rpc("sendrawtransaction", outbid.withFeeRate(50).rawPenalty());
    bitcoind.mineBlockWith(breaches.stream().map(BreachFixture::rawDispute).toList());
    for (BreachFixture breach : breaches.subList(1, 3)) {
      awaitInMempool(breach.penalty());
    }
    BreachFixture unmined = BreachFixture.watched(bitcoind, tower, 10);
    bitcoind.rpc("sendrawtransaction", unmined.rawDispute());
    awaitInMempool(unmined.penalty());
    bitcoind.mine(1);
    Eventually.holds(
        "caught up",
        () -> tower.daemon().components().lastKnownBlock().hash().equals(bitcoind.bestBlockHash()));
  }

  private static void awaitInMempool(String txid) throws Exception {
    Eventually.holds(txid + " in the mempool", () -> bitcoind.mempool().contains(txid));
  }
}
