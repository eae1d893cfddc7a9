package teos.tower.responder;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.Tracker;

/**
 * Forecast for the penalties of one appointment: whether those that bitcoind has, or must get, will
 * confirm before their deadlines if fees stay as they are.
 *
 * <p>A penalty is <em>unlikely</em> to confirm in time if
 *
 * <ul>
 *   <li>no block is left before its deadline ({@link Tracker#deadline}),
 *   <li>or bitcoind refuses it for its fee,
 *   <li>or its fee rate is below the minimum of bitcoind's mempool.
 * </ul>
 *
 * Otherwise it is
 *
 * <ul>
 *   <li><em>likely</em> to if its fee rate reaches bitcoind's estimate for a confirmation within
 *       the blocks that are left,
 *   <li><em>at risk</em> if it does not,
 *   <li>and <em>unknown</em> if its fee rate or the estimate is. While bitcoind is unavailable, all
 *       estimates are.
 * </ul>
 *
 * A penalty that bitcoind refuses for another reason, although what it spends is in a block, is at
 * risk at best.
 *
 * <p>The blocks that are left are those that can be mined before the first one that may contain the
 * cheater's spend. As long as the dispute is unconfirmed, {@code to_self_delay} blocks are left,
 * because that time has not begun.
 *
 * <p>The penalties of a bundle that spend the same output are judged together: one of them must
 * confirm, and the tower climbs to the costliest in time, so the best counts. If a penalty shares
 * several outputs with others, the output with the worst verdict counts. The verdict of the
 * appointment is the worst of its penalties.
 *
 * <p>Only fee rates of the penalties themselves count: that a child pays for one, or that its
 * dispute pays less than the penalty, is not seen.
 */
public final class ConfirmationForecast {

  private final FeeEstimates estimates;
  private final int height;

  /** Verdict on each output that several penalties spend, by its number. */
  private final Map<Integer, Verdict> byOutput = new HashMap<>();

  private final Optional<Verdict> verdict;

  private ConfirmationForecast(List<Tracker> trackers, FeeEstimates estimates, int height) {
    this.estimates = estimates;
    this.height = height;
    for (Tracker tracker : trackers) {
      if (isOpen(tracker) || tracker.status() instanceof PenaltyStatus.Standby) {
        Verdict alone = alone(tracker);
        tracker
            .penalty()
            .shared()
            .numbers()
            .forEach(
                output -> byOutput.merge(output, alone, (a, b) -> Verdict.any(EnumSet.of(a, b))));
      }
    }
    Set<Verdict> all =
        trackers.stream().flatMap(each -> verdict(each).stream()).collect(Collectors.toSet());
    this.verdict = all.isEmpty() ? Optional.empty() : Optional.of(Verdict.all(all));
  }

  /**
   * Returns the forecast for the penalties of {@code trackers}.
   *
   * @param trackers all trackers of an appointment
   * @param height height of the tip
   */
  public static ConfirmationForecast of(
      List<Tracker> trackers, FeeEstimates estimates, int height) {
    return new ConfirmationForecast(trackers, estimates, height);
  }

  /** Returns the worst verdict on a penalty; empty if none is unconfirmed. */
  public Optional<Verdict> verdict() {
    return verdict;
  }

  /**
   * Returns the verdict on one of the penalties; empty unless bitcoind has it or must get it. A
   * penalty on standby has none: that on its alternative in the mempool considers it.
   */
  public Optional<Verdict> verdict(Tracker tracker) {
    if (!isOpen(tracker)) {
      return Optional.empty();
    }
    Set<Verdict> outputs =
        tracker.penalty().shared().numbers().mapToObj(byOutput::get).collect(Collectors.toSet());
    return Optional.of(outputs.isEmpty() ? alone(tracker) : Verdict.all(outputs));
  }

  /**
   * Returns the number of blocks that can be mined before the first one that may contain the
   * cheater's spend; empty while the deadline is unknown.
   */
  public OptionalInt blocksLeft(Tracker tracker) {
    OptionalInt deadline = tracker.deadline();
    return deadline.isPresent()
        ? OptionalInt.of(Math.max(0, deadline.getAsInt() - (height + 1)))
        : OptionalInt.empty();
  }

  private static boolean isOpen(Tracker tracker) {
    return switch (tracker.status()) {
      case PenaltyStatus.Pending pending -> true;
      case PenaltyStatus.InMempool mempool -> true;
      case PenaltyStatus.Refused refused -> true;
      case PenaltyStatus.DisputeMissing missing -> false;
      case PenaltyStatus.AwaitingParent awaiting -> false;
      case PenaltyStatus.Standby standby -> false;
      case PenaltyStatus.Superseded superseded -> false;
      case PenaltyStatus.Confirmed confirmed -> false;
      case PenaltyStatus.Outspent outspent -> false;
      case PenaltyStatus.Complete complete -> false;
    };
  }

  /** Returns the verdict on a penalty without regard to its alternatives. */
  private Verdict alone(Tracker tracker) {
    Verdict byFee = byFee(tracker);
    boolean refused =
        tracker.status() instanceof PenaltyStatus.Refused && tracker.deadline().isPresent();
    return refused ? Verdict.all(EnumSet.of(byFee, Verdict.AT_RISK)) : byFee;
  }

  private Verdict byFee(Tracker tracker) {
    int left = blocksLeft(tracker).orElse((int) Math.min(Integer.MAX_VALUE, tracker.selfDelay()));
    if (left == 0
        || (tracker.status() instanceof PenaltyStatus.Refused(int since, String reason)
            && isForFee(reason))) {
      return Verdict.UNLIKELY;
    }
    OptionalLong feeRate = tracker.penalty().feeRate();
    if (feeRate.isPresent() && feeRate.getAsLong() < estimates.minimum()) {
      return Verdict.UNLIKELY;
    }
    OptionalLong required = estimates.estimate(left);
    if (feeRate.isEmpty() || required.isEmpty()) {
      return Verdict.UNKNOWN;
    }
    return feeRate.getAsLong() >= required.getAsLong() ? Verdict.LIKELY : Verdict.AT_RISK;
  }

  /** Returns whether bitcoind has given this reason because of a fee that is too low. */
  private static boolean isForFee(String reason) {
    return reason.contains("min relay fee not met")
        || reason.contains("mempool min fee not met")
        || reason.contains("mempool full")
        || reason.contains("insufficient fee");
  }
}
