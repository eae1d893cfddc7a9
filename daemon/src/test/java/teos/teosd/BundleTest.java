package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.RawTransactions;
import teos.testkit.Bitcoind;
import teos.testkit.CommitmentType;
import teos.testkit.LightningChannel;
import teos.testkit.LightningChannel.PenaltyType;
import teos.testkit.junit.TestBitcoind;
import teos.tower.responder.Responder;

/** Bundles: several penalties in one appointment, on a real bitcoind. */
@Tag("bitcoind")
class BundleTest {

  private static final List<Integer> FEE_RATES = List.of(2, 5, 10, 20, 50);

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private RunningTower tower() throws Exception {
    return RunningTower.start(bitcoind, dataDir, Map.of());
  }

  private static List<byte[]> ladder(LightningChannel channel) {
    return FEE_RATES.stream().map(channel::penalty).toList();
  }

  private static String txid(byte[] raw) {
    return RawTransactions.txid(raw).toString();
  }

  private static BreachFixture opened(RunningTower tower, CommitmentType type) throws Exception {
    return BreachFixture.opened(bitcoind, tower, type, PenaltyType.V2, 10);
  }

  private static void awaitInMempool(byte[]... transactions) throws Exception {
    Set<String> expected = new HashSet<>();
    for (byte[] each : transactions) {
      expected.add(txid(each));
    }
    Eventually.holds(
        "only " + expected + " in the mempool",
        () -> Set.copyOf(bitcoind.mempool()).equals(expected));
  }

  /** Returns which of {@code ladder} are in the mempool. */
  private static List<Integer> live(List<byte[]> ladder) {
    Set<String> mempool = Set.copyOf(bitcoind.mempool());
    List<Integer> live = new ArrayList<>();
    for (int i = 0; i < ladder.size(); i++) {
      if (mempool.contains(txid(ladder.get(i)))) {
        live.add(i);
      }
    }
    return live;
  }

  private static void mineEmpty(int blocks) {
    for (int i = 0; i < blocks; i++) {
      bitcoind.mineBlockWith(List.of());
    }
  }

  @Test
  void climbsTheLadderAsTheDeadlineApproaches() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = opened(tower, CommitmentType.V2);
      List<byte[]> ladder = ladder(breach.channel());
      long slots = breach.slots();
      breach.sendBundle(ladder);
      breach.breach();
      int dispute = bitcoind.height();
      awaitInMempool(ladder.getFirst());
      breach.awaitHistory(tower, "sent");

      mineEmpty(47 - 1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(live(ladder)).containsExactly(0);
      List<Integer> rungs = new ArrayList<>(List.of(0));
      while (bitcoind.height() < dispute + 96) {
        mineEmpty(1);
        BreachFixture.awaitHeight(bitcoind, tower);
        List<Integer> now = live(ladder);
        assertThat(now).hasSize(1);
        if (!now.getFirst().equals(rungs.getLast())) {
          rungs.add(now.getFirst());
        }
      }
      awaitInMempool(ladder.getLast());
      assertThat(rungs).isSorted().hasSizeGreaterThanOrEqualTo(ladder.size() - 1);
      assertThat(breach.events(tower).getLast().detail())
          .isEqualTo(txid(ladder.getLast()) + ": 50 sat/vB");

      bitcoind.mine(1);
      Eventually.holds("confirmed", () -> breach.history(tower).endsWith("confirmed"));
      bitcoind.mine(Responder.IRREVOCABLY_RESOLVED);
      Eventually.holds("complete", () -> breach.history(tower).endsWith("confirmed, complete"));
      assertThat(breach.slots()).isEqualTo(slots);
    }
  }

  @Test
  void hasOneRungInTheMempoolAfterRestartAndReorg() throws Exception {
    BreachFixture breach;
    List<byte[]> ladder;
    String withDispute;
    try (RunningTower tower = tower()) {
      breach = opened(tower, CommitmentType.V2);
      ladder = ladder(breach.channel());
      breach.sendBundle(ladder);
      breach.breach();
      withDispute = bitcoind.bestBlockHash();
      awaitInMempool(ladder.getFirst());
      mineEmpty(60);
      BreachFixture.awaitHeight(bitcoind, tower);
    }
    List<Integer> before = live(ladder);
    assertThat(before).hasSize(1);
    assertThat(before.getFirst()).isPositive();
    mineEmpty(20);
    try (RunningTower tower = tower()) {
      Eventually.holds("climbed", () -> live(ladder).getFirst() > before.getFirst());
      assertThat(live(ladder)).hasSize(1);

      bitcoind.rpc("invalidateblock", withDispute);
      mineEmpty(1); // a block with the same transactions would be the one that was invalidated
      bitcoind.mineBlockWith(List.of(breach.rawDispute()));
      mineEmpty(90);
      Eventually.holds("at the new tip", () -> live(ladder).size() == 1);
      BreachFixture.awaitHeight(bitcoind, tower);
      bitcoind.mine(1);
      Eventually.holds("confirmed", () -> breach.history(tower).endsWith("confirmed"));
      String confirmed = bitcoind.bestBlockHash();
      bitcoind.rpc("invalidateblock", confirmed);
      mineEmpty(2);
      Eventually.holds("one rung is back", () -> live(ladder).size() == 1);
      bitcoind.mine(1);
      Eventually.holds("confirmed again", () -> breach.history(tower).endsWith("confirmed"));
    }
  }

  @Test
  void sweepsHtlcAndTheOutputOfTheCheatersHtlcTransaction() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = opened(tower, CommitmentType.V2_HTLC);
      LightningChannel channel = breach.channel();
      byte[] toLocal = channel.penalty(10);
      byte[] htlc = channel.htlcPenalty(2_000);
      byte[] cheap = channel.htlcTimeoutPenalty(1_000);
      byte[] dear = channel.htlcTimeoutPenalty(5_000);
      breach.sendBundle(List.of(toLocal, htlc, cheap, dear));
      bitcoind.mineBlockWith(List.of(breach.rawDispute()));
      awaitInMempool(toLocal, htlc);

      // The cheater's transaction is in a block instead of the penalty for the HTLC.
      bitcoind.mineBlockWith(List.of(hex(channel.htlcTimeout())));
      awaitInMempool(toLocal, cheap);
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.history(tower)).contains("beaten").endsWith("confirmed, confirmed");
      bitcoind.mine(Responder.IRREVOCABLY_RESOLVED);
      Eventually.holds("complete", () -> breach.history(tower).endsWith("complete"));
    }
  }

  @Test
  void outbidsTheCheatersTransactionWithTheFirstRungThatPaysMore() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = opened(tower, CommitmentType.V2_HTLC);
      LightningChannel channel = breach.channel();
      // The cheater's transaction pays 1,000 satoshi for more bytes than the penalties have.
      List<byte[]> rungs =
          List.of(channel.htlcPenalty(300), channel.htlcPenalty(900), channel.htlcPenalty(4_000));
      breach.sendBundle(rungs);
      bitcoind.mineBlockWith(List.of(breach.rawDispute()));
      awaitInMempool(rungs.getFirst());
      bitcoind.rpc("sendrawtransaction", hex(channel.htlcTimeout()));
      awaitInMempool(channel.htlcTimeout());
      mineEmpty(1);
      awaitInMempool(rungs.getLast());
      bitcoind.mine(1);
      Eventually.holds("confirmed", () -> breach.history(tower).endsWith("confirmed"));
    }
  }

  @Test
  void usesTheValidMembersOfABundle() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = opened(tower, CommitmentType.V2_HTLC);
      LightningChannel channel = breach.channel();
      byte[] toLocal = channel.penalty(10);
      byte[] htlc = channel.htlcPenalty(2_000);
      breach.sendBundle(
          List.of(
              new byte[100],
              channel.wronglySignedPenalty(),
              toLocal,
              LightningChannel.open(bitcoind).penalty(7),
              htlc));
      bitcoind.mineBlockWith(List.of(breach.rawDispute()));
      awaitInMempool(toLocal, htlc);
      bitcoind.mine(1);
      Eventually.holds(
          "both confirmed", () -> breach.history(tower).contains("confirmed, confirmed"));
      assertThat(breach.status()).isEqualTo("dispute_responded");
    }
  }

  private static String hex(byte[] raw) {
    return HexFormat.of().formatHex(raw);
  }
}
