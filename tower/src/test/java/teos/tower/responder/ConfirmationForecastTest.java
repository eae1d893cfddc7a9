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
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.Penalty;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.SharedOutputs;
import teos.tower.store.TestStore;
import teos.tower.store.Tracker;

class ConfirmationForecastTest {

  private static final int DISPUTE = 1_000;
  private static final int DELAY = 144;

  /** First block that may contain the cheater's spend. */
  private static final int DEADLINE = DISPUTE + DELAY;

  private static final PublicKey USER = TestStore.newUser();
  private static final PenaltyStatus IN_MEMPOOL = new PenaltyStatus.InMempool(DISPUTE);
  private static final PenaltyStatus PENDING = new PenaltyStatus.Pending(DISPUTE);
  private static final PenaltyStatus STANDBY = new PenaltyStatus.Standby(DISPUTE);

  /** 1 sat/vB to enter the mempool; 80, 40, 20 and 10 sat/vB for 2, 6, 24 and 144 blocks. */
  private static final FeeEstimates ESTIMATES =
      new FeeEstimates(1_000, Map.of(2, 80_000L, 6, 40_000L, 24, 20_000L, 144, 10_000L));

  @Test
  void comparesTheFeeRateWithTheEstimateForTheBlocksThatAreLeft() {
    assertThat(at(DEADLINE - 145, 10_000)).as("144 blocks left").isEqualTo(Verdict.LIKELY);
    assertThat(at(DEADLINE - 144, 19_999)).as("143 blocks left").isEqualTo(Verdict.AT_RISK);
    assertThat(at(DEADLINE - 25, 20_000)).as("24 blocks left").isEqualTo(Verdict.LIKELY);
    assertThat(at(DEADLINE - 24, 39_999)).as("23 blocks left").isEqualTo(Verdict.AT_RISK);
    assertThat(at(DEADLINE - 7, 40_000)).as("6 blocks left").isEqualTo(Verdict.LIKELY);
    assertThat(at(DEADLINE - 6, 79_999)).as("5 blocks left").isEqualTo(Verdict.AT_RISK);
    assertThat(at(DEADLINE - 2, 80_000)).as("1 block left").isEqualTo(Verdict.LIKELY);
    assertThat(at(DEADLINE - 1, 1_000_000)).as("no block left").isEqualTo(Verdict.UNLIKELY);
    assertThat(at(DEADLINE + 50, 1_000_000)).isEqualTo(Verdict.UNLIKELY);
  }

  @Test
  void unlikelyBelowTheMinimumOfTheMempool() {
    assertThat(at(DISPUTE, 1_000)).isEqualTo(Verdict.AT_RISK);
    assertThat(at(DISPUTE, 999)).isEqualTo(Verdict.UNLIKELY);
    assertThat(verdict(plain(999, IN_MEMPOOL), new FeeEstimates(1_000, Map.of()), DISPUTE))
        .as("without estimates")
        .contains(Verdict.UNLIKELY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "min relay fee not met, 100 < 141",
        "mempool min fee not met, 141 < 5000",
        "mempool full",
        "insufficient fee, rejecting replacement 01; new feerate 1 <= old feerate 2",
        "transaction failed, penalty: min relay fee not met, 0 < 110"
      })
  void unlikelyIfRefusedForItsFee(String reason) {
    assertThat(refused(reason, 1_000_000)).isEqualTo(Verdict.UNLIKELY);
  }

  @Test
  void atRiskIfRefusedForAnotherReason() {
    assertThat(refused("txn-mempool-conflict", 1_000_000)).isEqualTo(Verdict.AT_RISK);
    assertThat(refused("dust", 999)).isEqualTo(Verdict.UNLIKELY);
    assertThat(verdict(plain(5_000, refusedFor("dust")), FeeEstimates.NONE, DISPUTE))
        .as("without estimates")
        .contains(Verdict.AT_RISK);
    Tracker waits = plain(1_000_000, refusedFor("truc-spent-by-nontruc"));
    assertThat(verdict(waits.disputeAt(OptionalInt.empty()), ESTIMATES, DISPUTE))
        .as("waits for the dispute's block")
        .contains(Verdict.LIKELY);
  }

  @Test
  void unknownWithoutFeeRateOrEstimate() {
    assertThat(verdict(plain(5_000, IN_MEMPOOL), FeeEstimates.NONE, DISPUTE))
        .contains(Verdict.UNKNOWN);
    assertThat(verdict(plain(5_000, PENDING), new FeeEstimates(1_000, Map.of()), DISPUTE))
        .contains(Verdict.UNKNOWN);
    Tracker unvalued = tracker(0, OptionalLong.empty(), IN_MEMPOOL);
    assertThat(verdict(unvalued, ESTIMATES, DISPUTE)).contains(Verdict.UNKNOWN);
    assertThat(verdict(unvalued, ESTIMATES, DEADLINE)).contains(Verdict.UNLIKELY);
    assertThat(verdict(plain(5_000, IN_MEMPOOL), FeeEstimates.NONE, DEADLINE))
        .contains(Verdict.UNLIKELY);
  }

  @Test
  void allOfToSelfDelayIsLeftWhileTheDisputeIsUnconfirmed() {
    Tracker tracker = plain(10_000, IN_MEMPOOL).disputeAt(OptionalInt.empty());
    assertThat(verdict(tracker, ESTIMATES, 1_000_000)).contains(Verdict.LIKELY);
    assertThat(forecast(List.of(tracker), 1_000_000).blocksLeft(tracker)).isEmpty();
  }

  @Test
  void assumesADayIfToSelfDelayIsUnknown() {
    Tracker known = plain(10_000, IN_MEMPOOL);
    Tracker unknown = tracker(known.penalty().withSelfDelay(0), IN_MEMPOOL);
    assertThat(forecast(List.of(unknown), DISPUTE).blocksLeft(unknown)).hasValue(DELAY - 1);
    assertThat(verdict(unknown, ESTIMATES, DEADLINE - 1)).contains(Verdict.UNLIKELY);
  }

  @Test
  void countsBlocksBeforeTheFirstThatMayContainTheCheatersSpend() {
    Tracker tracker = plain(10_000, IN_MEMPOOL);
    assertThat(tracker.deadline()).hasValue(DEADLINE);
    assertThat(forecast(List.of(tracker), DISPUTE).blocksLeft(tracker)).hasValue(DELAY - 1);
    assertThat(forecast(List.of(tracker), DEADLINE - 2).blocksLeft(tracker)).hasValue(1);
    assertThat(forecast(List.of(tracker), DEADLINE - 1).blocksLeft(tracker)).hasValue(0);
    assertThat(forecast(List.of(tracker), DEADLINE + 9).blocksLeft(tracker)).hasValue(0);
  }

  @Test
  void judgesOnlyPenaltiesThatBitcoindHasOrMustGet() {
    List<PenaltyStatus> others =
        List.of(
            STANDBY,
            new PenaltyStatus.AwaitingParent(DISPUTE),
            new PenaltyStatus.DisputeMissing(DISPUTE, "replaced"),
            new PenaltyStatus.Confirmed(DISPUTE),
            new PenaltyStatus.Superseded(DISPUTE),
            new PenaltyStatus.Outspent(DISPUTE, "0".repeat(64)),
            new PenaltyStatus.Complete(DISPUTE));
    for (PenaltyStatus status : others) {
      Tracker tracker = plain(10_000, status);
      assertThat(verdict(tracker, ESTIMATES, DISPUTE)).as(status.toString()).isEmpty();
      assertThat(forecast(List.of(tracker), DISPUTE).verdict(tracker)).isEmpty();
    }
    assertThat(verdict(plain(100_000, PENDING), ESTIMATES, DISPUTE)).contains(Verdict.LIKELY);
  }

  @Test
  void aLadderIsJudgedByTheCostliestRungToCome() {
    Tracker live = rung(1, 1_000, IN_MEMPOOL, 0);
    Tracker top = rung(3, 80_000, STANDBY, 0);
    List<Tracker> ladder = List.of(live, rung(2, 30_000, STANDBY, 0), top);
    assertThat(forecast(ladder, DEADLINE - 2).verdict(live)).contains(Verdict.LIKELY);
    assertThat(forecast(ladder, DEADLINE - 2).verdict(top)).isEmpty();
    assertThat(forecast(ladder, DEADLINE - 1).verdict(live)).contains(Verdict.UNLIKELY);
    List<Tracker> tooCheap = List.of(live, rung(2, 30_000, STANDBY, 0));
    assertThat(forecast(tooCheap, DEADLINE - 2).verdict()).contains(Verdict.AT_RISK);
  }

  @Test
  void aLadderDoesNotCountRungsThatAreRefusedForTheirFee() {
    PenaltyStatus refused = refusedFor("insufficient fee, rejecting replacement");
    Tracker live = rung(1, 40_000, IN_MEMPOOL, 0);
    Tracker top = rung(2, 80_000, refused, 0);
    assertThat(forecast(List.of(live, top), DEADLINE - 7).verdict()).contains(Verdict.LIKELY);
    assertThat(forecast(List.of(live, top), DEADLINE - 6).verdict()).contains(Verdict.AT_RISK);
    Tracker cheap = rung(1, 999, refusedFor("mempool min fee not met, 1 < 2"), 0);
    assertThat(forecast(List.of(cheap, top), DISPUTE).verdict()).contains(Verdict.UNLIKELY);
  }

  @Test
  void ofSeveralOutputsTheWorstCounts() {
    Tracker both = rung(1, 1_000, IN_MEMPOOL, 0, 1);
    Tracker first = rung(2, 80_000, STANDBY, 0);
    Tracker second = rung(3, 2_000, STANDBY, 1);
    assertThat(forecast(List.of(both, first, second), DISPUTE).verdict()).contains(Verdict.AT_RISK);
    Tracker better = rung(3, 80_000, STANDBY, 1);
    assertThat(forecast(List.of(both, first, better), DISPUTE).verdict()).contains(Verdict.LIKELY);
  }

  @Test
  void theWorstPenaltyDecidesOnTheAppointment() {
    Tracker likely = rung(1, 80_000, IN_MEMPOOL);
    Tracker atRisk = rung(2, 5_000, IN_MEMPOOL);
    Tracker unlikely = rung(3, 999, PENDING);
    Tracker unvalued = tracker(4, OptionalLong.empty(), IN_MEMPOOL);
    Tracker confirmed = rung(5, 1, new PenaltyStatus.Confirmed(DISPUTE));
    assertThat(forecast(List.of(likely, confirmed), DISPUTE).verdict()).contains(Verdict.LIKELY);
    assertThat(forecast(List.of(likely, unvalued), DISPUTE).verdict()).contains(Verdict.UNKNOWN);
    ConfirmationForecast three = forecast(List.of(likely, atRisk, unvalued), DISPUTE);
    assertThat(three.verdict()).contains(Verdict.AT_RISK);
    assertThat(three.verdict(likely)).contains(Verdict.LIKELY);
    assertThat(three.verdict(unvalued)).contains(Verdict.UNKNOWN);
    assertThat(forecast(List.of(likely, atRisk, unlikely), DISPUTE).verdict())
        .contains(Verdict.UNLIKELY);
  }

  @Test
  void theParentsBlockDecidesOnTheDeadline() {
    Penalty penalty = plain(80_000, IN_MEMPOOL).penalty();
    Tracker child =
        tracker(
            new Penalty(
                penalty.txid(),
                1,
                penalty.feeRate(),
                DELAY,
                SharedOutputs.NONE,
                Optional.of(new Penalty.Parent(penalty.txid(), OptionalInt.of(DISPUTE + 100)))),
            IN_MEMPOOL);
    assertThat(forecast(List.of(child), DEADLINE).blocksLeft(child)).hasValue(99);
    assertThat(verdict(child, ESTIMATES, DEADLINE)).contains(Verdict.LIKELY);
  }

  @Test
  void ladderPosition_byFeeRateOrElseByPositionInTheBundle() {
    List<Tracker> ladder =
        List.of(
            rung(1, 50_000, STANDBY, 0),
            rung(2, 1_000, IN_MEMPOOL, 0),
            rung(3, 20_000, STANDBY, 0, 1),
            rung(4, 9_000, PENDING));
    assertThat(LadderPosition.of(ladder.get(0), ladder)).isEqualTo(new LadderPosition(3, 3));
    assertThat(LadderPosition.of(ladder.get(1), ladder)).isEqualTo(new LadderPosition(1, 3));
    assertThat(LadderPosition.of(ladder.get(2), ladder)).isEqualTo(new LadderPosition(2, 3));
    assertThat(LadderPosition.of(ladder.get(3), ladder)).isEqualTo(new LadderPosition(1, 1));
    List<Tracker> unvalued = new ArrayList<>(ladder);
    unvalued.add(tracker(5, OptionalLong.empty(), STANDBY, 0));
    assertThat(LadderPosition.of(ladder.get(0), unvalued)).isEqualTo(new LadderPosition(1, 4));
    assertThat(LadderPosition.of(ladder.get(1), unvalued)).isEqualTo(new LadderPosition(2, 4));
  }

  @Property
  void isMonotonic(
      @ForAll("bundles") List<Tracker> bundle,
      @ForAll("estimates") FeeEstimates estimates,
      @ForAll @IntRange(min = DISPUTE, max = DEADLINE + 10) int height,
      @ForAll @IntRange(min = 1, max = 200) int more,
      @ForAll @LongRange(max = 200_000) long raise) {
    Optional<Verdict> now = ConfirmationForecast.of(bundle, estimates, height).verdict();
    assertThat(severity(ConfirmationForecast.of(bundle, estimates, height + more).verdict()))
        .as("later")
        .isGreaterThanOrEqualTo(severity(now));
    assertThat(
            severity(ConfirmationForecast.of(raised(bundle, raise), estimates, height).verdict()))
        .as("with higher fee rates")
        .isLessThanOrEqualTo(severity(now));
    for (Tracker each : bundle) {
      Tracker standby = each.withStatus(STANDBY);
      if (each.penalty().hasAlternatives() && each.status().equals(IN_MEMPOOL)) {
        List<Tracker> longer = new ArrayList<>(bundle);
        longer.add(costlier(standby, raise + 1));
        assertThat(severity(ConfirmationForecast.of(longer, estimates, height).verdict()))
            .as("with another rung")
            .isLessThanOrEqualTo(severity(now));
      }
    }
  }

  @Property
  void isUnlikelyFromTheDeadlineOn(
      @ForAll("bundles") List<Tracker> bundle,
      @ForAll("estimates") FeeEstimates estimates,
      @ForAll @IntRange(max = 1_000) int late) {
    ConfirmationForecast forecast = ConfirmationForecast.of(bundle, estimates, DEADLINE - 1 + late);
    for (Tracker each : bundle) {
      forecast.verdict(each).ifPresent(v -> assertThat(v).isEqualTo(Verdict.UNLIKELY));
    }
  }

  /** The fee rates and estimates of these bundles are known. */
  @Provide
  Arbitrary<List<Tracker>> bundles() {
    Arbitrary<PenaltyStatus> statuses =
        Arbitraries.of(
            IN_MEMPOOL,
            PENDING,
            STANDBY,
            refusedFor("dust"),
            refusedFor("insufficient fee"),
            new PenaltyStatus.Confirmed(DISPUTE),
            new PenaltyStatus.AwaitingParent(DISPUTE));
    Arbitrary<int[]> outputs =
        Arbitraries.integers()
            .between(0, 3)
            .set()
            .ofMaxSize(2)
            .map(set -> set.stream().mapToInt(Integer::intValue).toArray());
    return Combinators.combine(
            outputs.list().ofMinSize(1).ofMaxSize(8),
            Arbitraries.longs().between(0, 120_000).list().ofSize(8),
            statuses.list().ofSize(8))
        .as(
            (spent, rates, status) -> {
              List<Tracker> trackers = new ArrayList<>();
              for (int i = 0; i < spent.size(); i++) {
                trackers.add(rung(i + 1, rates.get(i), status.get(i), spent.get(i)));
              }
              return trackers;
            });
  }

  /** Estimates that fall with the number of blocks, as bitcoind's do. */
  @Provide
  Arbitrary<FeeEstimates> estimates() {
    return Arbitraries.longs()
        .between(0, 30_000)
        .list()
        .ofSize(5)
        .map(
            steps -> {
              long day = steps.get(1);
              long hours = day + steps.get(2);
              long hour = hours + steps.get(3);
              long soon = hour + steps.get(4);
              return new FeeEstimates(steps.get(0), Map.of(2, soon, 6, hour, 24, hours, 144, day));
            });
  }

  private static int severity(Optional<Verdict> verdict) {
    return verdict.map(Verdict::ordinal).orElse(-1);
  }

  private static List<Tracker> raised(List<Tracker> bundle, long by) {
    return bundle.stream().map(each -> costlier(each, by)).toList();
  }

  private static Tracker costlier(Tracker tracker, long by) {
    Penalty penalty = tracker.penalty();
    return tracker(
        new Penalty(
            penalty.txid(),
            penalty.member(),
            OptionalLong.of(penalty.feeRate().orElseThrow() + by),
            penalty.selfDelay(),
            penalty.shared(),
            penalty.parent()),
        tracker.status());
  }

  private static Verdict at(int height, long feeRate) {
    return verdict(plain(feeRate, IN_MEMPOOL), ESTIMATES, height).orElseThrow();
  }

  private static Verdict refused(String reason, long feeRate) {
    return verdict(plain(feeRate, refusedFor(reason)), ESTIMATES, DISPUTE).orElseThrow();
  }

  private static PenaltyStatus refusedFor(String reason) {
    return new PenaltyStatus.Refused(DISPUTE, reason);
  }

  private static Optional<Verdict> verdict(Tracker tracker, FeeEstimates estimates, int height) {
    return ConfirmationForecast.of(List.of(tracker), estimates, height).verdict();
  }

  private static ConfirmationForecast forecast(List<Tracker> trackers, int height) {
    return ConfirmationForecast.of(trackers, ESTIMATES, height);
  }

  private static Tracker plain(long feeRate, PenaltyStatus status) {
    return tracker(0, OptionalLong.of(feeRate), status);
  }

  private static Tracker rung(int member, long feeRate, PenaltyStatus status, int... outputs) {
    return tracker(member, OptionalLong.of(feeRate), status, outputs);
  }

  private static Tracker tracker(
      int member, OptionalLong feeRate, PenaltyStatus status, int... outputs) {
    byte[] txid = new byte[Txid.LENGTH];
    txid[0] = (byte) member;
    return tracker(
        new Penalty(
            Txid.ofInternal(txid),
            member,
            feeRate,
            DELAY,
            SharedOutputs.of(outputs),
            Optional.empty()),
        status);
  }

  private static Tracker tracker(Penalty penalty, PenaltyStatus status) {
    Tracker any = TestStore.tracker(1, USER, 1, status);
    return new Tracker(
        any.locator(),
        any.user(),
        any.slots(),
        any.disputeTxid(),
        OptionalInt.of(DISPUTE),
        penalty,
        status);
  }
}
