package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * What a block changes: disputes and penalties that are in it, and trackers that are over with it.
 */
final class BlockEffects {

  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final ConflictingSpends conflicts;

  BlockEffects(
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      TrackerJournal journal,
      ConflictingSpends conflicts) {
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
    this.conflicts = conflicts;
  }

  List<Step> steps(Handle handle, ConnectedBlock block) {
    int height = block.height();
    List<Step> steps = new ArrayList<>();
    for (Txid dispute : transactions.disputesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> trackers.withDispute(h, dispute, after, limit),
              (h, page) -> page.forEach(tracker -> disputeConfirmed(h, tracker, height))));
    }
    for (Txid penalty : trackers.penaltiesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> trackers.withPenalty(h, penalty, after, limit),
              (h, page) -> page.forEach(tracker -> penaltyConfirmed(h, tracker, height))));
    }
    steps.addAll(conflicts.steps(handle, block));
    steps.add(
        new Step(
            (h, after, limit) ->
                trackers.settledAtOrUnder(
                    h, height - Responder.IRREVOCABLY_RESOLVED + 1, after, limit),
            (h, page) -> page.forEach(tracker -> complete(h, tracker))));
    steps.add(
        new Step(
            (h, after, limit) ->
                trackers.completeAtOrUnder(h, height - Responder.SAFE_DEPTH + 1, after, limit),
            trackers::delete));
    return steps;
  }

  private void disputeConfirmed(Handle handle, Tracker tracker, int height) {
    if (!tracker.disputeHeight().equals(OptionalInt.of(height))) {
      Tracker found = tracker.disputeConfirmed(height);
      trackers.update(handle, found);
      journal.recordEvent(handle, found, Kind.SEEN, TrackerJournal.where(found.disputeHeight()));
    }
  }

  private void penaltyConfirmed(Handle handle, Tracker tracker, int height) {
    if (!(tracker.status() instanceof Confirmed || tracker.status() instanceof Complete)) {
      trackers.update(handle, tracker.with(new Confirmed(height)));
      journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + height);
    }
  }

  private void complete(Handle handle, Tracker tracker) {
    trackers.update(handle, tracker.completed());
    journal.recordEvent(handle, tracker, Kind.COMPLETE, tracker.slots() + " slots returned");
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.returnSlots(handle, tracker.user(), tracker.slots());
  }
}
