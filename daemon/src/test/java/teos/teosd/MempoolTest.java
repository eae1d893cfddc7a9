package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FullMempool;
import teos.testkit.junit.TestBitcoind;

/** Responses to disputes that are in the mempool and not yet in a block. */
@Tag("bitcoind")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class MempoolTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind(args = {"-persistmempool=0"})
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private RunningTower tower(Map<String, String> settings) throws Exception {
    return RunningTower.start(bitcoind, dataDir, settings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zmq", "polling"})
  void confirmsPenaltyInSameBlockAsUnconfirmedDispute(String source) throws Exception {
    // In ZMQ mode the polling interval is too long for polling to find the dispute.
    String seconds = source.equals("zmq") ? "3600" : "1";
    try (RunningTower tower =
        tower(
            Map.of(
                "btc_mempool", source,
                "mempool_polling_delta", seconds,
                "polling_delta", "3600"))) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.publish();
      breach.awaitPenaltySent(tower);
      assertThat(breach.status()).isEqualTo("dispute_responded");
      String block = bitcoind.mine(1).getFirst();
      assertThat(breach.isIn(breach.dispute(), block)).isTrue();
      assertThat(breach.isIn(breach.penalty(), block)).isTrue();
      breach.awaitHistory(tower, "sent, confirmed");
      assertThat(breach.events(tower).getFirst().detail()).isEqualTo("dispute in the mempool");
    }
  }

  @Test
  void pollsMempoolWhenBitcoindPublishesNoTransactions() throws Exception {
    try (Bitcoind other = Bitcoind.start(BitcoindOptions.DEFAULT.withoutZmq())) {
      other.mine(120);
      try (RunningTower tower =
          RunningTower.start(other, dataDir, Map.of("mempool_polling_delta", "1"))) {
        BreachFixture breach = BreachFixture.watched(other, tower, FEE_RATE);
        breach.publish();
        breach.awaitPenaltyInMempool();
      }
    }
  }

  @Test
  void waitsForBlockWhenMempoolWatchingIsOff() throws Exception {
    try (RunningTower tower = tower(Map.of("btc_mempool", "off"))) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.publish();
      bitcoind.mineBlockWith(List.of());
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.status()).isEqualTo("being_watched");
      bitcoind.mine(1);
      breach.awaitPenaltyInMempool();
    }
  }

  @Test
  void findsUnconfirmedDisputeAtStartup() throws Exception {
    BreachFixture breach;
    try (RunningTower tower = tower(Map.of())) {
      breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
    }
    breach.publish();
    try (RunningTower tower = tower(Map.of())) {
      breach.awaitPenaltyInMempool();
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
    }
  }

  @Test
  void respondsAtOnceToAppointmentSentAfterUnconfirmedDispute() throws Exception {
    try (RunningTower tower = tower(Map.of("polling_delta", "3600"))) {
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, FEE_RATE);
      BreachFixture sentinel = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.publish();
      sentinel.publish();
      sentinel.awaitPenaltyInMempool(); // so the tower has also seen the earlier dispute
      breach.send();
      assertThat(bitcoind.mempool()).contains(breach.penalty());
      assertThat(breach.status()).isEqualTo("dispute_responded");
      bitcoind.mine(1);
    }
  }

  @Test
  void watchesAgainAfterReplacementAndRespondsIfDisputeConfirms() throws Exception {
    try (RunningTower tower = tower(Map.of("polling_delta", "1"))) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.publish();
      breach.awaitPenaltySent(tower);
      bitcoind.rpc("sendrawtransaction", breach.rawClosing(50_000));
      assertThat(bitcoind.mempool()).doesNotContain(breach.dispute(), breach.penalty());
      breach.awaitStatus("being_watched");
      assertThat(breach.events(tower).getLast().detail())
          .isEqualTo(breach.channel().closingTxid(50_000) + " in the mempool has replaced it");

      // A miner includes the replaced dispute nevertheless.
      breach.breach();
      breach.awaitPenaltySent(tower);
      bitcoind.mine(1);
      breach.awaitHistory(tower, "sent, evicted, dispute_gone, sent, confirmed");
    }
  }

  @Test
  void broadcastsLostDisputeTogetherWithPenalty() throws Exception {
    try (RunningTower tower = tower(Map.of())) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.publish();
      breach.awaitPenaltySent(tower);
      bitcoind.stop();
      bitcoind.restart();
      Eventually.holds(
          "dispute and penalty in the mempool",
          () ->
              bitcoind.mempool().contains(breach.dispute())
                  && bitcoind.mempool().contains(breach.penalty()));
      breach.awaitHistory(tower, "sent, evicted, sent");
      assertThat(breach.events(tower).getLast().detail()).isEqualTo("with its dispute");
      bitcoind.mine(1);
      breach.awaitHistory(tower, "sent, evicted, sent, confirmed");
    }
  }

  @Test
  void submitsPackageWhenDisputeFeeIsTooLow() throws Exception {
    try (Bitcoind full =
        Bitcoind.start(
            BitcoindOptions.DEFAULT.withArgs(
                "-persistmempool=0", "-maxmempool=5", "-checkmempool=0"))) {
      full.mine(120);
      BreachFixture breach;
      try (RunningTower tower = RunningTower.start(full, dataDir, Map.of())) {
        breach = BreachFixture.watched(full, tower, 200);
        breach.publish();
        breach.awaitPenaltyInMempool();
      }
      full.stop();
      full.restart();
      FullMempool.fill(full, 20);
      // This node now rejects the dispute alone (about 6 sat/vB).
      assertThat(
              full.rpc("testmempoolaccept", List.of(breach.rawDispute()))
                  .path(0)
                  .path("reject-reason")
                  .asText())
          .contains("min fee not met");
      try (RunningTower tower = RunningTower.start(full, dataDir, Map.of())) {
        assertThat(tower.api().getPort()).isPositive();
        breach.awaitPenaltyInMempool();
        assertThat(full.mempool()).contains(breach.dispute());
        String block = full.mine(1).getFirst();
        assertThat(breach.isIn(breach.penalty(), block)).isTrue();
      }
    }
  }
}
