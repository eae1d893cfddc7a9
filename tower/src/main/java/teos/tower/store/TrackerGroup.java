package teos.tower.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The trackers of one appointment. */
public final class TrackerGroup {

  /** Stages in the order in which their trackers represent the appointment: what is open first. */
  private static final List<PenaltyStage> PRIORITY =
      List.of(
          PenaltyStage.IN_MEMPOOL,
          PenaltyStage.PENDING,
          PenaltyStage.REFUSED,
          PenaltyStage.CONFIRMED,
          PenaltyStage.OUTSPENT,
          PenaltyStage.DISPUTE_MISSING,
          PenaltyStage.AWAITING_PARENT,
          PenaltyStage.COMPLETE,
          PenaltyStage.SUPERSEDED,
          PenaltyStage.STANDBY);

  private static final Comparator<Tracker> ORDER =
      Comparator.<Tracker>comparingInt(
              tracker -> PRIORITY.indexOf(PenaltyStage.of(tracker.status())))
          .thenComparingInt(tracker -> tracker.penalty().member());

  private TrackerGroup() {}

  /**
   * Returns the tracker that stands for the appointment where only one is shown.
   *
   * @param trackers all trackers of an appointment, at least one
   */
  public static Tracker representative(List<Tracker> trackers) {
    return trackers.stream().min(ORDER).orElseThrow();
  }

  /** Returns the trackers of an appointment in the order in which they represent it. */
  public static List<Tracker> byPriority(List<Tracker> trackers) {
    return trackers.stream().sorted(ORDER).toList();
  }

  /**
   * Returns {@code trackers}, which are ordered by their keys, in lists of one appointment each.
   */
  public static List<List<Tracker>> byAppointment(List<Tracker> trackers) {
    List<List<Tracker>> groups = new ArrayList<>();
    for (Tracker tracker : trackers) {
      if (groups.isEmpty() || !groups.getLast().getFirst().key().equals(tracker.key())) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(tracker);
    }
    return groups;
  }
}
