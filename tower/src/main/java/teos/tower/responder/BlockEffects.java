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
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Changes that a block makes to trackers: disputes and penalties it confirms, conflicting spends,
 * trackers that are complete or can be forgotten at its height; and how a reorg undoes them.
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

  /** Returns the changes of a connected block. */
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
                trackers.settledUpTo(h, height - Responder.IRREVOCABLY_RESOLVED + 1, after, limit),
            (h, page) -> page.forEach(tracker -> complete(h, tracker))));
    steps.add(
        new Step(
            (h, after, limit) ->
                trackers.completeUpTo(h, height - Responder.SAFE_DEPTH + 1, after, limit),
            trackers::delete));
    return steps;
  }

  private void disputeConfirmed(Handle handle, Tracker tracker, int height) {
    if (!tracker.disputeHeight().equals(OptionalInt.of(height))) {
      Tracker confirmed = tracker.disputeConfirmed(height);
      trackers.update(handle, confirmed);
      journal.recordEvent(
          handle, confirmed, Kind.SEEN, TrackerJournal.where(confirmed.disputeHeight()));
    }
  }

  private void penaltyConfirmed(Handle handle, Tracker tracker, int height) {
    if (!(tracker.status() instanceof Confirmed || tracker.status() instanceof Complete)) {
      trackers.update(handle, tracker.withStatus(new Confirmed(height)));
      journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + height);
    }
  }

  /** Returns the changes that undo the blocks at {@code height} and above. */
  List<Step> undoSteps(int height) {
    return List.of(
        new Step(
            (h, after, limit) -> trackers.dependingOnBlocksFrom(h, height, after, limit),
            (h, page) -> page.forEach(tracker -> undo(h, tracker, height))));
  }

  private void undo(Handle handle, Tracker tracker, int height) {
    Tracker undone = tracker.withoutBlocksFrom(height);
    List<String> lost = new ArrayList<>();
    if (!undone.disputeHeight().equals(tracker.disputeHeight())) {
      lost.add("the dispute");
    }
    if (!undone.status().equals(tracker.status())) {
      lost.add(tracker.status() instanceof Outspent ? "the conflicting spend" : "the penalty");
    }
    trackers.update(handle, undone);
    journal.recordEvent(
        handle, undone, Kind.REORGED, String.join(" and ", lost) + " left block " + height);
  }

  private void complete(Handle handle, Tracker tracker) {
    trackers.update(handle, tracker.completed());
    journal.recordEvent(handle, tracker, Kind.COMPLETE, tracker.slots() + " slots returned");
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.returnSlots(handle, tracker.user(), tracker.slots());
  }
}
