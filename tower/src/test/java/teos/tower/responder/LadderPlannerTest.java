package teos.tower.responder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Retry;
import teos.tower.store.SharedOutputs;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;

class LadderPlannerTest {

  private static final int DISPUTE = 1_000;
  private static final long DELAY = 144;
  private static final int LAST_THIRD = DISPUTE + 96;
  private static final PublicKey USER = TestStore.newUser();
  private static final FeeEstimates NONE = FeeEstimates.NONE;

  @Test
  void startsWithTheCheapestThatIsLikelyToBeMinedSoon() {
    List<Tracker> ladder = ladder(1_000, 5_000, 20_000, 80_000);
    assertThat(chosen(ladder, NONE, DISPUTE)).containsExactly(0);
    assertThat(chosen(ladder, estimates(1_000, 6_000), DISPUTE)).containsExactly(2);
    assertThat(chosen(ladder, estimates(30_000, 6_000), DISPUTE)).containsExactly(3);
    assertThat(chosen(ladder, estimates(1_000, 500_000), DISPUTE))
        .as("none pays enough")
        .containsExactly(3);
  }

  @Test
  void doesNotClimbWhileTheDisputeIsUnconfirmed() {
    List<Tracker> ladder = new ArrayList<>();
    for (Tracker tracker : ladder(1_000, 5_000)) {
      ladder.add(tracker.disputeAt(OptionalInt.empty()));
    }
    assertThat(chosen(ladder, NONE, 1_000_000)).containsExactly(0);
  }

  @Test
  void climbsInTheSecondThirdAndIsAtTheTopInTheLast() {
    List<Tracker> ladder = ladder(1_000, 2_000, 3_000, 4_000, 5_000);
    int last = 0;
    for (int height = DISPUTE; height < DISPUTE + DELAY; height++) {
      List<Integer> chosen = chosen(ladder, NONE, height);
      if (!chosen.isEmpty()) {
        assertThat(chosen.getFirst()).isGreaterThanOrEqualTo(last);
        last = chosen.getFirst();
        ladder = accepted(ladder, last);
      }
      if (height < DISPUTE + 47) {
        assertThat(last).isZero();
      }
      if (height == DISPUTE + 72) {
        assertThat(last).isBetween(2, 3);
      }
      if (height >= LAST_THIRD) {
        assertThat(last).isEqualTo(4);
      }
    }
  }

  @Test
  void keepsThePenaltyInTheMempoolIfItPaysEnough() {
    List<Tracker> ladder = accepted(ladder(1_000, 5_000, 20_000), 2);
    assertThat(chosen(ladder, estimates(1_000, 2_000), DISPUTE)).isEmpty();
  }

  @Test
  void replacesThePenaltyInTheMempoolIfFeesRise() {
    List<Tracker> ladder = accepted(ladder(1_000, 5_000, 20_000), 0);
    assertThat(chosen(ladder, estimates(1_000, 2_000), DISPUTE)).containsExactly(1);
  }

  @Test
  void triesTheNextIfOneIsRefused() {
    List<Tracker> ladder = new ArrayList<>(ladder(1_000, 5_000, 20_000));
    ladder.set(0, ladder.get(0).refused("why", Optional.empty(), DISPUTE));
    assertThat(chosen(ladder, NONE, DISPUTE)).containsExactly(1);
    ladder.set(1, ladder.get(1).refused("why", Optional.empty(), DISPUTE));
    ladder.set(2, ladder.get(2).refused("why", Optional.empty(), DISPUTE));
    assertThat(chosen(ladder, NONE, DISPUTE)).isEmpty();
    assertThat(chosen(ladder, NONE, DISPUTE + 1)).as("due again").containsExactly(0);
  }

  @Test
  void choosesAtMostOnePenaltyForEachOutput() {
    List<Tracker> trackers =
        List.of(
            tracker(0, 1_000, 0, 1), tracker(1, 1_000, 0), tracker(2, 1_000, 1), tracker(3, 9, 2));
    assertThat(chosen(trackers, NONE, DISPUTE)).containsExactly(0, 3);
    List<Tracker> refused = new ArrayList<>(trackers);
    refused.set(0, trackers.get(0).refused("why", Optional.empty(), DISPUTE));
    assertThat(chosen(refused, NONE, DISPUTE)).containsExactly(1, 2, 3);
  }

  @Test
  void climbsInTheOrderOfTheBundleIfFeeRatesAreUnknown() {
    List<Tracker> trackers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Penalty known = tracker(i, 1, 0).penalty();
      trackers.add(
          tracker(
              new Penalty(
                  known.txid(), i, OptionalLong.empty(), DELAY, known.shared(), Optional.empty()),
              new PenaltyStatus.Standby(1)));
    }
    assertThat(chosen(trackers, estimates(1_000, 500_000), DISPUTE)).containsExactly(0);
    assertThat(chosen(trackers, NONE, LAST_THIRD)).containsExactly(2);
  }

  @Test
  void unknownDelay_climbsWithinADay() {
    List<Tracker> ladder = new ArrayList<>();
    for (Tracker each : ladder(1_000, 5_000)) {
      ladder.add(tracker(each.penalty().withSelfDelay(0), each.status()));
    }
    assertThat(chosen(ladder, NONE, DISPUTE + 40)).containsExactly(0);
    assertThat(chosen(ladder, NONE, LAST_THIRD)).containsExactly(1);
  }

  @Property
  void neverChoosesTwoForOneOutputNorACheaperOne(
      @ForAll("bundles") List<Tracker> trackers,
      @ForAll @IntRange(min = DISPUTE, max = DISPUTE + 200) int height,
      @ForAll @IntRange(max = 50_000) int minimum,
      @ForAll @IntRange(max = 50_000) int estimate) {
    List<Tracker> chosen = LadderPlanner.choose(trackers, estimates(minimum, estimate), height);
    for (Tracker one : chosen) {
      for (Tracker other : trackers) {
        if (!one.penalty().isAlternativeTo(other.penalty())) {
          continue;
        }
        assertThat(chosen).doesNotContain(other);
        assertThat(other.status()).isNotInstanceOf(PenaltyStatus.Pending.class);
        assertThat(other.status()).isNotInstanceOf(PenaltyStatus.Confirmed.class);
        if (other.status() instanceof PenaltyStatus.InMempool) {
          assertThat(rate(other)).isLessThanOrEqualTo(rate(one));
        }
      }
    }
    // What spends an output for which nothing is sent stays idle only if it is refused.
    for (Tracker idle : trackers) {
      boolean free =
          trackers.stream()
              .filter(other -> other.penalty().isAlternativeTo(idle.penalty()))
              .noneMatch(other -> isSent(other) || chosen.contains(other));
      if (free && idle.status() instanceof PenaltyStatus.Standby) {
        assertThat(chosen).contains(idle);
      }
    }
  }

  @Property
  void isAtTheTopInTheLastThird(
      @ForAll @IntRange(min = 2, max = 12) int rungs,
      @ForAll @IntRange(min = 1, max = 2_016) int delay) {
    List<Tracker> ladder = new ArrayList<>();
    for (int i = 0; i < rungs; i++) {
      ladder.add(
          tracker(
              tracker(i, 1_000L * (i + 1), 0).penalty().withSelfDelay(delay),
              new PenaltyStatus.Standby(1)));
    }
    int height = DISPUTE + Math.ceilDiv(2 * delay, 3) - 1;
    assertThat(chosen(ladder, NONE, height)).containsExactly(rungs - 1);
    assertThat(chosen(accepted(ladder, 0), NONE, height)).containsExactly(rungs - 1);
  }

  private static boolean isSent(Tracker tracker) {
    return switch (tracker.status()) {
      case PenaltyStatus.Pending pending -> true;
      case PenaltyStatus.InMempool mempool -> true;
      case PenaltyStatus.Confirmed confirmed -> true;
      case PenaltyStatus.Complete complete -> true;
      default -> false;
    };
  }

  private static long rate(Tracker tracker) {
    return tracker.penalty().feeRate().orElseThrow();
  }

  @Provide
  Arbitrary<List<Tracker>> bundles() {
    Arbitrary<PenaltyStatus> statuses =
        Arbitraries.of(
            new PenaltyStatus.Standby(1),
            new PenaltyStatus.Standby(1),
            new PenaltyStatus.Refused(1, "why"),
            new PenaltyStatus.Outspent(1, "0".repeat(64)));
    Arbitrary<int[]> outputs =
        Arbitraries.integers()
            .between(0, 4)
            .set()
            .ofMinSize(1)
            .ofMaxSize(3)
            .map(set -> set.stream().mapToInt(Integer::intValue).toArray());
    return Combinators.combine(
            outputs.list().ofMinSize(1).ofMaxSize(10),
            Arbitraries.longs().between(1, 60_000).list().ofSize(10),
            statuses.list().ofSize(10),
            Arbitraries.integers().between(0, 2).list().ofSize(10))
        .as(LadderPlannerTest::bundle);
  }

  /** Returns a bundle in which no two penalties for the same output have been sent. */
  private static List<Tracker> bundle(
      List<int[]> outputs, List<Long> rates, List<PenaltyStatus> statuses, List<Integer> sent) {
    List<Tracker> trackers = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Tracker tracker = tracker(i, rates.get(i), outputs.get(i));
      boolean free =
          trackers.stream()
              .noneMatch(
                  other -> isSent(other) && other.penalty().isAlternativeTo(tracker.penalty()));
      PenaltyStatus status =
          switch (free ? sent.get(i) : 0) {
            case 1 -> new PenaltyStatus.Pending(1);
            case 2 -> new PenaltyStatus.InMempool(1);
            default -> statuses.get(i);
          };
      trackers.add(tracker.withStatus(status));
    }
    return trackers;
  }

  private static List<Integer> chosen(List<Tracker> trackers, FeeEstimates estimates, int height) {
    return LadderPlanner.choose(trackers, estimates, height).stream()
        .map(tracker -> tracker.penalty().member())
        .toList();
  }

  private static FeeEstimates estimates(long minimum, long soon) {
    return new FeeEstimates(minimum, Map.of(2, 2 * soon, 6, soon, 144, soon / 2));
  }

  /** Returns alternatives for one output with these fee rates in sat per 1,000 virtual bytes. */
  private static List<Tracker> ladder(long... feeRates) {
    List<Tracker> rungs = new ArrayList<>();
    for (int i = 0; i < feeRates.length; i++) {
      rungs.add(tracker(i, feeRates[i], 0));
    }
    return rungs;
  }

  /** Returns {@code ladder} after bitcoind has accepted the penalty {@code member}. */
  private static List<Tracker> accepted(List<Tracker> ladder, int member) {
    return ladder.stream()
        .map(
            tracker ->
                tracker.penalty().member() == member
                    ? tracker.withStatus(new PenaltyStatus.InMempool(1))
                    : tracker.withStatus(new PenaltyStatus.Standby(1)))
        .toList();
  }

  private static Tracker tracker(int member, long feeRate, int... outputs) {
    byte[] txid = new byte[Txid.LENGTH];
    txid[0] = (byte) member;
    return tracker(
        new Penalty(
            Txid.ofInternal(txid),
            member,
            OptionalLong.of(feeRate),
            DELAY,
            SharedOutputs.of(outputs),
            Optional.empty()),
        new PenaltyStatus.Standby(1));
  }

  private static Tracker tracker(Penalty penalty, PenaltyStatus status) {
    Tracker plain = TestStore.tracker(1, USER, 1, status);
    return new Tracker(
        plain.locator(),
        plain.user(),
        plain.slots(),
        plain.disputeTxid(),
        OptionalInt.of(DISPUTE),
        penalty,
        status,
        status instanceof PenaltyStatus.Refused ? Retry.NEVER : plain.retry());
  }
}
