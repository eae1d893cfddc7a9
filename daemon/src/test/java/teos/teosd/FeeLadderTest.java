package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.RawTransactions;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.CommitmentType;
import teos.testkit.FullMempool;
import teos.testkit.LightningChannel;
import teos.testkit.LightningChannel.PenaltyType;

/**
 * Days of high fees: the mempool of a real bitcoind is full, and its minimum fee rate rises above
 * that of the penalties.
 */
@Tag("bitcoind")
class FeeLadderTest {

  /** Fee rates of the rungs in sat/vB. */
  private static final List<Integer> RUNGS = List.of(5, 40, 160, 640);

  /** Minimum fee rates of the mempool in sat/vB, each above one more rung. */
  private static final List<Integer> MINIMA = List.of(10, 50, 200);

  /** Fee of the cheater's sweep in satoshi, which every block takes. */
  private static final long SWEEP_FEE = 300_000;

  @TempDir Path dataDir;

  @Test
  void ladderConfirmsBeforeTheDeadlineAndSinglePenaltyDoesNot() throws Exception {
    try (Bitcoind full = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs("-maxmempool=5"))) {
      full.mine(200);
      FullMempool mempool = new FullMempool(full, MINIMA.size());
      try (RunningTower tower = RunningTower.start(full, dataDir, Map.of())) {
        BreachFixture single = BreachFixture.watched(full, tower, RUNGS.getFirst());
        BreachFixture laddered =
            BreachFixture.opened(full, tower, CommitmentType.V2, PenaltyType.V2, 1);
        List<byte[]> ladder = RUNGS.stream().map(laddered.channel()::penalty).toList();
        laddered.sendBundle(ladder);
        full.mineBlockWith(List.of(single.rawDispute(), laddered.rawDispute()));
        int deadline = full.height() + LightningChannel.TO_SELF_DELAY;
        Eventually.holds(
            "the cheapest penalties in the mempool",
            () -> full.mempool().containsAll(List.of(single.penalty(), txid(ladder.getFirst()))));

        for (int i = 0; i < MINIMA.size(); i++) {
          mempool.fill(MINIMA.get(i));
          assertThat(full.mempool()).doesNotContain(single.penalty());
          full.mineBlockWith(List.of());
          String rung = txid(ladder.get(i + 1));
          Eventually.holds("rung " + (i + 1), () -> full.mempool().contains(rung));
        }
        assertThat(ladder.stream().filter(each -> full.mempool().contains(txid(each))))
            .containsExactly(ladder.getLast());

        String block = full.mine(1).getFirst();
        assertThat(laddered.isIn(txid(ladder.getLast()), block)).isTrue();
        Eventually.holds("confirmed", () -> laddered.history(tower).endsWith("confirmed"));

        // The mempool stays full: the others wait for lower fees until the cheater may spend.
        full.mine(deadline - 1 - full.height());
        BreachFixture.awaitHeight(full, tower);
        assertThat(full.mempool()).doesNotContain(single.penalty());
        full.mineBlockWith(List.of(hex(single.channel().cheaterSweep(SWEEP_FEE))));
        Eventually.holds("beaten", () -> single.history(tower).endsWith("beaten"));
      }
    }
  }

  /** The tower has not seen any dispute since it started, when fees were low. */
  @Test
  void firstBroadcastKnowsTheMinimumFeeOfTheLastBlock() throws Exception {
    try (Bitcoind full = Bitcoind.start(BitcoindOptions.DEFAULT.withArgs("-maxmempool=5"))) {
      full.mine(200);
      FullMempool mempool = new FullMempool(full, 1);
      try (RunningTower tower = RunningTower.start(full, dataDir, Map.of())) {
        BreachFixture breach =
            BreachFixture.opened(full, tower, CommitmentType.V2, PenaltyType.V2, 1);
        List<byte[]> ladder = RUNGS.stream().map(breach.channel()::penalty).toList();
        breach.sendBundle(ladder);
        mempool.fill(MINIMA.getFirst());
        full.mineBlockWith(List.of());
        BreachFixture.awaitHeight(full, tower);
        tower.daemon().components().responder().awaitIdle();
        full.mineBlockWith(List.of(breach.rawDispute()));
        Eventually.holds("second rung", () -> full.mempool().contains(txid(ladder.get(1))));
        breach.awaitHistory(tower, "sent");
      }
    }
  }

  private static String txid(byte[] raw) {
    return RawTransactions.txid(raw).toString();
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }
}
