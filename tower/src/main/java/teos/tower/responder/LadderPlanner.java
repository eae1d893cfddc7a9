package teos.tower.responder;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;

/**
 * Chooses among penalties of an appointment that spend the same outputs, such as a fee ladder: the
 * cheapest one that is likely to be mined soon, and costlier ones as the deadline approaches. From
 * two thirds of {@code to_self_delay} on, it is the costliest.
 *
 * <p>Alternatives that spend different sets of outputs are ranked together. At most one penalty is
 * chosen for each output.
 */
final class LadderPlanner {

  /** Blocks within which a penalty should confirm. */
  static final int SOON = 6;

  /** Remaining blocks from which a penalty should confirm within {@value #VERY_SOON} blocks. */
  private static final int LAST_BLOCKS = 12;

  static final int VERY_SOON = 2;

  private final FeeEstimates estimates;
  private final int height;
  private final List<Rung> rungs;

  /** Outputs that are taken by a penalty that stays, or has been chosen. */
  private final BitSet taken = new BitSet();

  /** Penalties in the mempool that a costlier one may replace, by their outputs. */
  private final Map<Integer, Rung> replaceable = new HashMap<>();

  /**
   * A penalty with alternatives.
   *
   * @param rank position among its direct and indirect alternatives, the cheapest first
   * @param sufficient whether its fee rate is high enough at this height
   */
  private record Rung(Tracker tracker, int rank, boolean sufficient) {}

  private LadderPlanner(List<Tracker> trackers, FeeEstimates estimates, int height) {
    this.estimates = estimates;
    this.height = height;
    this.rungs = rungs(trackers);
  }

  /**
   * Returns the trackers whose penalties must be broadcast now, and have not been chosen yet.
   *
   * @param trackers all trackers of an appointment
   * @param height height of the tip
   */
  static List<Tracker> choose(List<Tracker> trackers, FeeEstimates estimates, int height) {
    List<Tracker> alternatives =
        trackers.stream().filter(tracker -> tracker.penalty().hasAlternatives()).toList();
    return new LadderPlanner(alternatives, estimates, height).choose();
  }

  private List<Tracker> choose() {
    for (Rung rung : rungs) {
      PenaltyStatus status = rung.tracker.status();
      if (status instanceof PenaltyStatus.Pending
          || status instanceof PenaltyStatus.Confirmed
          || status instanceof PenaltyStatus.Complete
          || (status instanceof PenaltyStatus.InMempool && rung.sufficient)) {
        outputs(rung).forEach(taken::set);
      } else if (status instanceof PenaltyStatus.InMempool) {
        outputs(rung).forEach(output -> replaceable.put(output, rung));
      }
    }
    List<Tracker> chosen = new ArrayList<>();
    rungs.stream().filter(rung -> rung.sufficient).forEach(rung -> tryChoose(rung, chosen));
    rungs.reversed().stream()
        .filter(rung -> !rung.sufficient)
        .forEach(rung -> tryChoose(rung, chosen));
    return chosen;
  }

  private static List<Integer> outputs(Rung rung) {
    return rung.tracker.penalty().shared().numbers().boxed().toList();
  }

  private void tryChoose(Rung rung, List<Tracker> chosen) {
    List<Integer> outputs = outputs(rung);
    if (isEligible(rung.tracker)
        && outputs.stream().noneMatch(taken::get)
        && outputs.stream()
            .map(replaceable::get)
            .allMatch(live -> live == null || live.rank < rung.rank)) {
      outputs.forEach(taken::set);
      chosen.add(rung.tracker);
    }
  }

  private boolean isEligible(Tracker tracker) {
    return switch (tracker.status()) {
      case PenaltyStatus.Standby standby -> true;
      case PenaltyStatus.Refused refused -> isDue(tracker);
      case PenaltyStatus.DisputeMissing missing -> isDue(tracker);
      default -> false;
    };
  }

  private boolean isDue(Tracker tracker) {
    OptionalInt dueAt = tracker.retry().dueAt();
    return dueAt.isPresent() && dueAt.getAsInt() <= height;
  }

  /** Returns the rungs of all ladders, those of one ladder in the order of their ranks. */
  private List<Rung> rungs(List<Tracker> trackers) {
    List<Rung> all = new ArrayList<>(trackers.size());
    for (List<Tracker> ladder : ladders(trackers)) {
      boolean known = ladder.stream().allMatch(each -> each.penalty().feeRate().isPresent());
      Comparator<Tracker> byMember = Comparator.comparingInt(each -> each.penalty().member());
      List<Tracker> sorted =
          ladder.stream()
              .sorted(
                  known
                      ? Comparator.<Tracker>comparingLong(
                              each -> each.penalty().feeRate().orElseThrow())
                          .thenComparing(byMember)
                      : byMember)
              .toList();
      for (int rank = 0; rank < sorted.size(); rank++) {
        Tracker tracker = sorted.get(rank);
        double part = sorted.size() == 1 ? 1 : (double) rank / (sorted.size() - 1);
        all.add(new Rung(tracker, rank, part >= requiredPart(tracker) && paysEnough(tracker)));
      }
    }
    return all;
  }

  /** Groups direct and indirect alternatives. */
  private static List<List<Tracker>> ladders(List<Tracker> trackers) {
    Map<Integer, List<Tracker>> byOutput = new HashMap<>();
    for (Tracker tracker : trackers) {
      tracker
          .penalty()
          .shared()
          .numbers()
          .forEach(
              number -> byOutput.computeIfAbsent(number, key -> new ArrayList<>()).add(tracker));
    }
    List<List<Tracker>> ladders = new ArrayList<>();
    Set<Integer> visitedMembers = new HashSet<>();
    Set<Integer> visitedOutputs = new HashSet<>();
    for (Tracker start : trackers) {
      if (!visitedMembers.add(start.penalty().member())) {
        continue;
      }
      List<Tracker> ladder = new ArrayList<>(List.of(start));
      for (int i = 0; i < ladder.size(); i++) {
        ladder
            .get(i)
            .penalty()
            .shared()
            .numbers()
            .filter(visitedOutputs::add)
            .forEach(
                output ->
                    byOutput.getOrDefault(output, List.of()).stream()
                        .filter(each -> visitedMembers.add(each.penalty().member()))
                        .forEach(ladder::add));
      }
      ladders.add(ladder);
    }
    return ladders;
  }

  /**
   * Returns which part of the ladder must have been climbed for the next block, from 0 to 1: it
   * grows in the second third of {@code to_self_delay}.
   */
  private double requiredPart(Tracker tracker) {
    OptionalInt start = tracker.delayStart();
    if (start.isEmpty()) {
      return 0;
    }
    double third = tracker.selfDelay() / 3.0;
    double elapsed = height + 1.0 - start.getAsInt();
    return Math.clamp((elapsed - third) / third, 0, 1);
  }

  /** Returns whether the penalty is likely to be mined soon; true if its fee rate is unknown. */
  private boolean paysEnough(Tracker tracker) {
    OptionalLong feeRate = tracker.penalty().feeRate();
    if (feeRate.isEmpty()) {
      return true;
    }
    OptionalInt start = tracker.delayStart();
    long elapsed = start.isPresent() ? height - start.getAsInt() : 0;
    long left = tracker.selfDelay() - elapsed;
    return feeRate.getAsLong() >= estimates.within(left <= LAST_BLOCKS ? VERY_SOON : SOON);
  }
}
