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

/** Blocks that leave the chain with what was in them. */
@Tag("bitcoind")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class ReorgTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  private RunningTower tower() throws Exception {
    return RunningTower.start(bitcoind, dataDir, Map.of());
  }

  /** Has the chain go on from under {@code block} with blocks that have only {@code raw}. */
  private static void replace(String block, int blocks, List<String> raw) {
    bitcoind.rpc("invalidateblock", block);
    bitcoind.mineBlockWith(raw);
    mineEmpty(blocks - 1);
  }

  /** Has the branch with {@code block} win again over the two blocks that replaced it. */
  private static void goBackTo(String block) {
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
  void aDisputeThatGoesBackIntoTheMempoolStaysAnswered() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String first = bitcoind.bestBlockHash();
      breach.awaitPenaltyInMempool();
      bitcoind.mine(2);
      breach.awaitHistory(tower, "sent, confirmed");
      replace(first, 4, List.of());
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(bitcoind.mempool()).contains(breach.dispute(), breach.penalty());
      assertThat(breach.status()).isEqualTo("dispute_responded");
      // It is sent as soon as the first of both blocks has left, beside the second one's leaving.
      String during = "sent, confirmed, reorged, sent, reorged";
      String after = "sent, confirmed, reorged, reorged, sent";
      Eventually.holds(during, () -> Set.of(during, after).contains(breach.history(tower)));
      String reorged = breach.history(tower);
      bitcoind.mine(1);
      breach.awaitHistory(tower, reorged + ", confirmed");
    }
  }

  @Test
  void aDisputeThatIsReplacedInTheNewChainIsWatchedAgain() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String withDispute = bitcoind.bestBlockHash();
      breach.awaitPenaltyInMempool();
      replace(withDispute, 2, List.of(breach.rawClosing(1_000)));
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.awaitStatus("being_watched");
      assertThat(breach.slots()).isEqualTo(9_999);

      // Its user may send another penalty now, and that is the one which counts from now on. What
      // bitcoind had told of its mempool before that block may still have to be found outdated.
      BreachFixture updated = breach.withFeeRate(20);
      Eventually.holds("it is taken", () -> updated.trySend());
      assertThat(updated.status()).isEqualTo("being_watched");
      goBackTo(withDispute);
      updated.awaitStatus("dispute_responded");
      updated.awaitPenaltyInMempool();
      assertThat(bitcoind.mempool()).doesNotContain(breach.penalty());
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      // What is sent again meanwhile, beside the blocks, may find the dispute gone more than once.
      assertThat(updated.history(tower))
          .contains("reorged")
          .endsWith("dispute_gone, sent, confirmed");
    }
  }

  @Test
  void aDisputeThatWasGoneIsAnsweredWhenItsBlockComesBack() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      String withDispute = bitcoind.bestBlockHash();
      breach.awaitPenaltyInMempool();
      replace(withDispute, 2, List.of(breach.rawClosing(1_000)));
      breach.awaitStatus("being_watched");
      goBackTo(withDispute);
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.awaitPenaltyInMempool();
      breach.awaitStatus("dispute_responded");
      bitcoind.mine(1);
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.history(tower)).endsWith("sent, confirmed");
    }
  }

  @Test
  void theLocatorCacheFollows() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.opened(bitcoind, tower, FEE_RATE);
      breach.breach();
      BreachFixture.awaitHeight(bitcoind, tower);
      replace(bitcoind.bestBlockHash(), 2, List.of(breach.rawClosing(1_000)));
      BreachFixture.awaitHeight(bitcoind, tower);
      breach.send();
      assertThat(breach.status()).isEqualTo("being_watched");
    }
  }

  @Test
  void whatBeatAPenaltyIsToldAndUndone() throws Exception {
    try (RunningTower tower = tower()) {
      BreachFixture breach = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      breach.breach();
      breach.awaitPenaltyInMempool();
      // The victim's own wallet was there as well, say.
      BreachFixture other = breach.withFeeRate(50);
      String beating = bitcoind.mineBlockWith(List.of(other.rawPenalty()));
      Eventually.holds("beaten", () -> breach.history(tower).endsWith("beaten"));
      assertThat(breach.events(tower).getLast().detail()).startsWith(other.penalty());
      assertThat(breach.status()).isEqualTo("dispute_responded");

      // The mempool prefers the one that pays more; a miner the tower's.
      bitcoind.rpc("invalidateblock", beating);
      bitcoind.mineBlockWith(List.of(breach.rawPenalty()));
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(breach.history(tower)).contains("beaten, reorged").endsWith("confirmed");
    }
  }

  @Test
  void anAppointmentThatComesAfterAllIsOverIsToldThatItWasBeaten() throws Exception {
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
  void whatWasCompleteIsTakenUpAgainByADeepReorg() throws Exception {
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
      // Given back once.
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
