package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import teos.tower.store.NewTracker;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Standby;
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/**
 * An appointment whose dispute has been seen and whose blob has been decrypted.
 *
 * @param appointment the appointment
 * @param dispute the revoked commitment transaction
 * @param disputeHeight height of the dispute's block; empty while it is in the mempool
 * @param penalties its penalties, at least one
 */
public record Breach(
    StoredAppointment appointment,
    RawTransaction dispute,
    OptionalInt disputeHeight,
    List<BreachPenalty> penalties) {

  /** Breach with {@code penalties}. */
  public Breach {
    if (penalties.isEmpty()) {
      throw new IllegalArgumentException("no penalty");
    }
    penalties = List.copyOf(penalties);
  }

  /**
   * Returns a new tracker for each penalty: alternatives on standby, the others pending. The first
   * one has the slots.
   *
   * @param height height of the tip
   */
  public List<NewTracker> trackers(int height) {
    List<NewTracker> trackers = new ArrayList<>(penalties.size());
    for (BreachPenalty each : penalties) {
      PenaltyStatus status =
          each.penalty().hasAlternatives() ? new Standby(height) : new Pending(height);
      Tracker tracker =
          new Tracker(
              appointment.appointment().locator(),
              appointment.user(),
              trackers.isEmpty() ? appointment.appointment().slots() : 0,
              dispute.txid(),
              disputeHeight,
              each.penalty(),
              status);
      trackers.add(new NewTracker(tracker, dispute.bytes(), each.raw().bytes()));
    }
    return trackers;
  }

  /**
   * Returns the trackers that replace those of an earlier version of the appointment: while the
   * dispute is missing, they are sent again when the earlier ones would have been.
   *
   * @param before trackers of the earlier version, at least one
   */
  public List<NewTracker> replacing(List<Tracker> before) {
    List<NewTracker> trackers = trackers(before.getFirst().status().height());
    return before.stream()
        .filter(each -> each.status() instanceof PenaltyStatus.DisputeMissing)
        .findFirst()
        .map(missing -> trackers.stream().map(each -> replacing(each, missing)).toList())
        .orElse(trackers);
  }

  private static NewTracker replacing(NewTracker fresh, Tracker missing) {
    return fresh.tracker().penalty().hasAlternatives()
        ? fresh
        : new NewTracker(
            fresh.tracker().withStateOf(missing), fresh.disputeTx(), fresh.penaltyTx());
  }
}
