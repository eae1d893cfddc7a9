package teos.tower.responder;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import teos.tower.store.Tracker;

/**
 * Position of a penalty among those of its bundle that spend an output of it too: by their fee
 * rates, or by their positions in the bundle if a fee rate is unknown.
 *
 * @param rung its position; 1 is the cheapest
 * @param rungs number of all; 1 if the penalty has no alternative
 */
public record LadderPosition(int rung, int rungs) {

  /**
   * Returns the position of {@code tracker}'s penalty.
   *
   * @param trackers all trackers of the appointment
   */
  public static LadderPosition of(Tracker tracker, List<Tracker> trackers) {
    List<Tracker> alternatives =
        trackers.stream()
            .filter(other -> other.penalty().isAlternativeTo(tracker.penalty()))
            .toList();
    Comparator<Tracker> order = Comparator.comparingInt(each -> each.penalty().member());
    if (Stream.concat(Stream.of(tracker), alternatives.stream())
        .allMatch(each -> each.penalty().feeRate().isPresent())) {
      order =
          Comparator.<Tracker>comparingLong(each -> each.penalty().feeRate().orElseThrow())
              .thenComparing(order);
    }
    Comparator<Tracker> byCost = order;
    long cheaper =
        alternatives.stream().filter(other -> byCost.compare(other, tracker) < 0).count();
    return new LadderPosition((int) cheaper + 1, alternatives.size() + 1);
  }
}
