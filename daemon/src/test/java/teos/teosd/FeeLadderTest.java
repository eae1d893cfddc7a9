package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.bitcoin.RawTransactions;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.BitcoindRpcException;
import teos.testkit.FullMempool;
import teos.testkit.LightningChannel;

/**
 * Days of high fees: the mempool of a real bitcoind is full of real transactions, its minimum fee
 * rate rises, and blocks take only those that pay most.
 */
@Tag("bitcoind")
class FeeLadderTest {

  /** Fee rates of the penalties in sat/vB. */
  private static final List<Integer> RUNGS = List.of(5, 40, 160, 640);

  /**
   * Part of the time until the cheater may spend.
   *
   * @param blocks duration
   * @param minimum fee rate below which the mempool takes nothing, sat/vB
   * @param demand fee rate of the transactions that fill the blocks, sat/vB
   */
  private record Stage(int blocks, long minimum, long demand) {}

  /** Each minimum is above one more rung, and each demand above the next one. */
  private static final List<Stage> STAGES =
      List.of(new Stage(40, 10, 60), new Stage(40, 50, 200), new Stage(63, 180, 500));

  @TempDir Path dataDir;

  private static Bitcoind startNode(String... moreArgs) throws Exception {
    Bitcoind bitcoind =
        Bitcoind.start(
            BitcoindOptions.DEFAULT
                .withArgs("-maxmempool=5", "-checkmempool=0")
                .withArgs(moreArgs));
    bitcoind.mine(200);
    return bitcoind;
  }

  private interface Check {
    void run() throws Exception;
  }

  /** Mines all stages; {@code afterBlock} runs when the tower has responded to a block. */
  private static void passStages(
      Bitcoind bitcoind, FullMempool mempool, RunningTower tower, Check afterBlock)
      throws Exception {
    for (Stage stage : STAGES) {
      mempool.fill(stage.minimum());
      mempool.add(stage.demand()); // always one more than fits into a block
      for (int i = 0; i < stage.blocks(); i++) {
        mempool.add(stage.demand());
        mempool.mine();
        BreachFixture.awaitHeight(bitcoind, tower);
        tower.daemon().components().pipeline().awaitIdle();
        afterBlock.run();
      }
    }
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }

  private static String txid(byte[] raw) {
    return RawTransactions.txid(raw).toString();
  }

  private static List<byte[]> ladder(BreachFixture breach) {
    return RUNGS.stream().map(rate -> breach.channel().penalty(rate)).toList();
  }

  /** Returns whether the dispute's output of {@code breach} is unspent in the best chain. */
  private static boolean isUnspent(Bitcoind bitcoind, BreachFixture breach) {
    return !bitcoind.rpc("gettxout", breach.dispute(), 1, false).isNull();
  }

  @Test
  void singlePenaltiesMissTheDeadline() throws Exception {
    try (Bitcoind bitcoind = startNode();
        RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      FullMempool mempool = new FullMempool(bitcoind, 2 * STAGES.size());
      List<BreachFixture> cheap =
          List.of(
              BreachFixture.watched(bitcoind, tower, RUNGS.get(0)),
              BreachFixture.watched(bitcoind, tower, RUNGS.get(1)));
      BreachFixture costly = BreachFixture.watched(bitcoind, tower, RUNGS.get(3));
      bitcoind.mineBlockWith(
          List.of(cheap.get(0).rawDispute(), cheap.get(1).rawDispute(), costly.rawDispute()));
      int deadline = bitcoind.height() + LightningChannel.TO_SELF_DELAY;
      for (BreachFixture breach : cheap) {
        breach.awaitPenaltyInMempool();
      }
      costly.awaitPenaltyInMempool();

      passStages(bitcoind, mempool, tower, () -> {});
      assertThat(bitcoind.height()).isEqualTo(deadline - 1);
      assertThat(isUnspent(bitcoind, costly)).isFalse();
      for (BreachFixture breach : cheap) {
        assertThat(isUnspent(bitcoind, breach)).isTrue();
        assertThat(bitcoind.mempool()).doesNotContain(breach.penalty());
        assertThat(breach.history(tower)).startsWith("sent, evicted");
        // From now on the cheater may spend, and pays what it takes.
        String sweep = hex(breach.channel().cheaterSweep(RUNGS.getLast() * 200L));
        bitcoind.rpc("sendrawtransaction", sweep, 0);
      }
      mempool.mine();
      for (BreachFixture breach : cheap) {
        assertThat(isUnspent(bitcoind, breach)).isFalse();
        Eventually.holds("beaten", () -> breach.history(tower).endsWith("beaten"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void laddersConfirmBeforeTheDeadline(boolean estimates) throws Exception {
    try (Bitcoind bitcoind = startNode("-blocksonly=" + (estimates ? 0 : 1), "-walletbroadcast=1");
        RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      assertThat(canEstimate(bitcoind)).isEqualTo(estimates);
      FullMempool mempool = new FullMempool(bitcoind, 2 * STAGES.size());
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, RUNGS.getFirst());
      List<byte[]> ladder = ladder(breach);
      breach.sendBundle(ladder);
      breach.breach();
      int deadline = bitcoind.height() + LightningChannel.TO_SELF_DELAY;
      breach.awaitPenaltyInMempool();
      Set<String> sent = new LinkedHashSet<>(List.of(breach.penalty()));
      passStages(
          bitcoind,
          mempool,
          tower,
          () -> {
            if (isUnspent(bitcoind, breach)) {
              List<String> live = live(bitcoind, ladder);
              assertThat(live).as("rungs in the mempool at %d", bitcoind.height()).hasSize(1);
              sent.addAll(live);
            }
          });
      assertThat(bitcoind.height()).isEqualTo(deadline - 1);
      assertThat(isUnspent(bitcoind, breach)).isFalse();
      assertThat(breach.history(tower)).contains("confirmed").doesNotContain("beaten");
      assertThat(sent).hasSizeGreaterThan(2);
    }
  }

  private static List<String> live(Bitcoind bitcoind, List<byte[]> ladder) {
    Set<String> now = bitcoind.mempool();
    return ladder.stream().map(FeeLadderTest::txid).filter(now::contains).toList();
  }

  private static boolean canEstimate(Bitcoind bitcoind) {
    try {
      bitcoind.rpc("estimatesmartfee", 2);
      return true;
    } catch (BitcoindRpcException e) {
      return false;
    }
  }

  /** The tower was down until the cheater could spend. */
  @ParameterizedTest
  @ValueSource(ints = {2, 30, 100, 500})
  void ladderOutbidsTheCheatersSpend(int feeRate) throws Exception {
    try (Bitcoind bitcoind = startNode()) {
      outbid(bitcoind, feeRate);
    }
  }

  private void outbid(Bitcoind bitcoind, int feeRate) throws Exception {
    BreachFixture breach;
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      breach = BreachFixture.opened(bitcoind, tower, RUNGS.getFirst());
      breach.sendBundle(ladder(breach));
    }
    breach.breach();
    bitcoind.mine(LightningChannel.TO_SELF_DELAY);
    long size = RawTransactions.outline(breach.channel().cheaterSweep(0)).weight() / 4;
    String sweep = hex(breach.channel().cheaterSweep(feeRate * size));
    String sweepTxid = bitcoind.rpc("sendrawtransaction", sweep, 0).asText();
    try (RunningTower tower = RunningTower.start(bitcoind, dataDir, Map.of())) {
      Eventually.holds("outbid", () -> !bitcoind.mempool().contains(sweepTxid));
      assertThat(live(bitcoind, ladder(breach))).hasSize(1);
      bitcoind.mine(1);
      Eventually.holds("confirmed", () -> breach.history(tower).contains("confirmed"));
      tower.daemon().components().pipeline().awaitIdle();
      assertThat(breach.history(tower)).doesNotContain("beaten");
    }
  }
}
