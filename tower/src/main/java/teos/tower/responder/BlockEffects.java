package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.ConnectedBlock;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.Outspent;
import teos.tower.store.PenaltyStatus.Superseded;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerGroup;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Changes that a block makes to trackers: disputes, penalties and their parents that it confirms,
 * conflicting spends, trackers that are complete or can be forgotten at its height; and how a reorg
 * undoes them.
 */
final class BlockEffects {

  /**
   * Blocks after which an appointment no longer stays open for a penalty whose parent the cheater
   * may never publish: two weeks, the longest {@code to_self_delay} that Lightning nodes accept.
   */
  static final int PARENT_TIMEOUT = 2_016;

  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final ConflictingSpends conflicts;
  private final Alternatives alternatives;

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
    this.alternatives = new Alternatives(trackers);
  }

  /** Returns the changes of a connected block. */
  List<Step> steps(Handle handle, ConnectedBlock block) {
    int height = block.height();
    List<Step> steps = new ArrayList<>();
    for (Txid dispute : transactions.disputesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> search.withDispute(h, dispute, after, limit),
              (h, page) -> page.forEach(tracker -> disputeConfirmed(h, tracker, height))));
    }
    for (Txid penalty : search.penaltiesAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> search.withPenalty(h, penalty, after, limit),
              (h, page) -> page.forEach(tracker -> penaltyConfirmed(h, tracker, height))));
    }
    for (Txid parent : search.parentsAmong(handle, block.txids())) {
      steps.add(
          new Step(
              (h, after, limit) -> search.withParent(h, parent, after, limit),
              (h, page) -> page.forEach(tracker -> parentConfirmed(h, tracker, height))));
    }
    steps.addAll(conflicts.steps(handle, block));
    steps.add(
        new Step(
            (h, after, limit) ->
                search.resolvedUpTo(
                    h,
                    height - Responder.IRREVOCABLY_RESOLVED + 1,
                    height - PARENT_TIMEOUT,
                    after,
                    limit),
            (h, page) -> page.forEach(tracker -> complete(h, tracker.key(), height))));
    steps.add(
        new Step(
            (h, after, limit) ->
                search.completeUpTo(h, height - Responder.SAFE_DEPTH + 1, after, limit),
            trackers::deleteAppointments));
    return steps;
  }

  private void disputeConfirmed(Handle handle, Tracker tracker, int height) {
    if (!tracker.disputeHeight().equals(OptionalInt.of(height))) {
      Tracker confirmed = tracker.disputeConfirmed(height);
      trackers.update(handle, confirmed);
      journal.recordDisputeEvent(
          handle, confirmed, Kind.SEEN, TrackerJournal.where(confirmed.disputeHeight()));
    }
  }

  private void penaltyConfirmed(Handle handle, Tracker tracker, int height) {
    if (!(tracker.status() instanceof Confirmed || tracker.status() instanceof Complete)) {
      trackers.update(handle, tracker.withStatus(new Confirmed(height)));
      alternatives.supersede(handle, tracker, height);
      journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + height);
    }
  }

  /** Returns the changes that undo the blocks at {@code height} and above. */
  List<Step> undoSteps(int height) {
    return List.of(
        new Step(
            (h, after, limit) -> search.dependingOnBlocksFrom(h, height, after, limit),
            (h, page) -> page.forEach(tracker -> undo(h, tracker, height))));
  }

  private void undo(Handle handle, Tracker tracker, int height) {
    Tracker undone = tracker.withoutBlocksFrom(height);
    trackers.update(handle, undone);
    String left = " left block " + height;
    boolean disputeLost = !undone.disputeHeight().equals(tracker.disputeHeight());
    if (undone.status().equals(tracker.status())) {
      if (disputeLost) {
        journal.recordDisputeEvent(handle, undone, Kind.REORGED, "the dispute" + left);
      }
      return;
    }
    if (tracker.status() instanceof Superseded) {
      return; // the event is the other penalty's
    }
    String spend = tracker.status() instanceof Outspent ? "the conflicting spend" : "the penalty";
    journal.recordEvent(
        handle, undone, Kind.REORGED, (disputeLost ? "the dispute and " : "") + spend + left);
  }

  private void parentConfirmed(Handle handle, Tracker tracker, int height) {
    if (!tracker.status().isSettled()) {
      trackers.update(handle, tracker.parentFound(OptionalInt.of(height), height));
    }
  }

  /** Completes an appointment none of whose penalties can confirm or leave the chain any more. */
  private void complete(Handle handle, AppointmentKey key, int height) {
    List<Tracker> all = trackers.loadAll(handle, key);
    int settledAt =
        all.stream()
            .map(Tracker::status)
            .filter(PenaltyStatus::isSettled)
            .mapToInt(PenaltyStatus::height)
            .max()
            .orElse(height - Responder.IRREVOCABLY_RESOLVED);
    int slots = all.stream().mapToInt(Tracker::slots).sum();
    all.forEach(tracker -> trackers.update(handle, tracker.completed(settledAt)));
    journal.recordDisputeEvent(
        handle, TrackerGroup.representative(all), Kind.COMPLETE, slots + " slots returned");
    appointments.deleteAppointment(handle, key.locator(), key.user());
    gatekeeper.returnSlots(handle, key.user(), slots);
  }
}
