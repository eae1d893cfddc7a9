package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import teos.testkit.Bitcoind;
import teos.testkit.junit.TestBitcoind;
import teos.tower.responder.Responder;

/**
 * Reorgs: how trackers follow when the blocks with their dispute or penalty leave the best chain.
 */
@Tag("bitcoind")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class ReorgTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private RunningTower tower() throws Exception {
    return RunningTower.start(bitcoind, dataDir, Map.of());
  }

  /**
   * Replaces {@code block} and its descendants by {@code blocks} new blocks, of which the first
   * contains only the transactions {@code raw} and the others are empty.
   */
  private static void replace(String block, int blocks, List<String> raw) {
    bitcoind.rpc("invalidateblock", block);
    bitcoind.mineBlockWith(raw);
    mineEmpty(blocks - 1);
  }

  /**
   * Makes the branch with {@code block} the best chain again, in place of the two blocks that
   * replaced it.
   */
  private static void restoreBranch(String block) {
    String other = bitcoind.rpc("getblockhash", bitcoind.height() - 1).asText();
    bitcoind.rpc("invalidateblock", other);
    bitcoind.rpc("reconsiderblock", block);
    mineEmpty(2);
  }

  private static void mineEmpty(int blocks) {
    for (int i = 0; i < blocks; i++) {
      bitcoind.mineBlockWith(List.of());
    }
  }

  @Test
  void keepsTrackerWhenReorgReturnsDisputeToMempool() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String first = bitcoind.bestBlockHash();
      breach.awaitPenaltySent(tower);
      bitcoind.mine(2);
      breach.awaitHistory(tower, "sent, confirmed");
      replace(first, 4, List.of());
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(bitcoind.mempool()).contains(breach.dispute(), breach.penalty());
      assertThat(breach.status()).isEqualTo("dispute_responded");
      // The penalty is broadcast when the first block is disconnected; the second may be earlier.
      String during = "sent, confirmed, reorged, sent, reorged";
      String after = "sent, confirmed, reorged, reorged, sent";
      Eventually.holds(during, () -> Set.of(during, after).contains(breach.history(tower)));
      String reorged = breach.history(tower);
      bitcoind.mine(1);
      breach.awaitHistory(tower, reorged + ", confirmed");
    }
  }

  @Test
  void watchesAgainWhenReorgReplacesDispute() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String withDispute = bitcoind.bestBlockHash();
      breach.awaitPenaltyInMempool();
      replace(withDispute, 2, List.of(breach.rawClosing(1_000)));
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.awaitStatus("being_watched");
      assertThat(breach.slots()).isEqualTo(9_999);

      // The user may now send another penalty, which replaces the first. Messages about the mempool
      // before that block may still arrive. They make the tower respond to the dispute again, and
      // it refuses updates until bitcoind has refused that penalty.
      BreachFixture updated = breach.withFeeRate(20);
      Eventually.holds("update accepted", () -> updated.trySend());
      updated.awaitStatus("being_watched");
      restoreBranch(withDispute);
      updated.awaitStatus("dispute_responded");
      updated.awaitPenaltySent(tower);
      assertThat(bitcoind.mempool()).doesNotContain(breach.penalty());
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      // Retries run concurrently with the blocks and may record dispute_gone more than once.
      assertThat(updated.history(tower))
          .contains("reorged")
          .endsWith("dispute_gone, sent, confirmed");
    }
  }

  @Test
  void respondsAgainWhenBlockWithDisputeReturns() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String withDispute = bitcoind.bestBlockHash();
      breach.awaitPenaltyInMempool();
      replace(withDispute, 2, List.of(breach.rawClosing(1_000)));
      breach.awaitStatus("being_watched");
      restoreBranch(withDispute);
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.awaitPenaltySent(tower);
      breach.awaitStatus("dispute_responded");
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.history(tower)).endsWith("sent, confirmed");
    }
  }

  @Test
  void locatorCacheFollowsReorg() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, FEE_RATE);
      breach.breach();
      BreachFixture.awaitHeight(bitcoind, tower);
      replace(bitcoind.bestBlockHash(), 2, List.of(breach.rawClosing(1_000)));
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.send();
      breach.awaitStatus("being_watched"); // after late messages about the mempool
    }
  }

  @Test
  void recordsConflictingSpendAndUndoesItOnReorg() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      breach.awaitPenaltyInMempool();
      // For example, the victim's own wallet has broadcast this penalty.
      BreachFixture other = breach.withFeeRate(50);
      String conflicting = bitcoind.mineBlockWith(List.of(other.rawPenalty()));
      Eventually.holds(
          "conflicting spend recorded", () -> breach.history(tower).endsWith("beaten"));
      assertThat(breach.events(tower).getLast().detail()).startsWith(other.penalty());
      assertThat(breach.status()).isEqualTo("dispute_responded");

      // The mempool prefers the one with the higher fee, but a miner includes the tower's.
      bitcoind.rpc("invalidateblock", conflicting);
      bitcoind.mineBlockWith(List.of(breach.rawPenalty()));
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.history(tower)).contains("beaten, reorged").endsWith("confirmed");
    }
  }

  @Test
  void recordsConflictingSpendForAppointmentSentAfterIt() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, FEE_RATE);
      breach.breach();
      BreachFixture other = breach.withFeeRate(50);
      bitcoind.mineBlockWith(List.of(other.rawPenalty()));
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.send();
      breach.awaitHistory(tower, "refused, beaten");
    }
  }

  @Test
  void reopensCompletedTrackerOnDeepReorg() throws Exception {
    BreachFixture breach;
    String confirming;
    try (RunningTower tower = tower()) {
      breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      breach.awaitPenaltyInMempool();
      confirming = bitcoind.mine(1).getFirst();
      bitcoind.mine(Responder.IRREVOCABLY_RESOLVED - 1);
      breach.awaitStatus("404");
      assertThat(breach.slots()).isEqualTo(10_000);
      replace(confirming, Responder.IRREVOCABLY_RESOLVED + 1, List.of());
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.awaitStatus("dispute_responded");
      breach.awaitPenaltyInMempool();
      bitcoind.mine(Responder.IRREVOCABLY_RESOLVED);
      breach.awaitStatus("404");
      // The slot is refunded only once.
      assertThat(breach.slots()).isEqualTo(10_000);
      assertThat(breach.events(tower)).isNotEmpty();
      bitcoind.mine(Responder.SAFE_DEPTH - Responder.IRREVOCABLY_RESOLVED - 1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.events(tower)).isNotEmpty();
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.events(tower)).isEmpty();
    }
  }
}
