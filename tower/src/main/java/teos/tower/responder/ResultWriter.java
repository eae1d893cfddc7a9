package teos.tower.responder;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BroadcastResult.Accepted;
import teos.tower.responder.BroadcastResult.InChain;
import teos.tower.responder.BroadcastResult.InputsMissing;
import teos.tower.responder.BroadcastResult.Invalid;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.ParentMissing;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackersDBM;

/** Updates trackers with the results of broadcasts, and makes them due again. */
final class ResultWriter {

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingTransactions missing;
  private final MissingTransactions parents;
  private final Alternatives alternatives;

  ResultWriter(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      TrackerJournal journal,
      ChainProgress progress,
      MissingTransactions missing,
      MissingTransactions parents) {
    this.database = database;
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
    this.progress = progress;
    this.missing = missing;
    this.parents = parents;
    this.alternatives = new Alternatives(trackers);
  }

  /** Applies the results of {@code sent}, with one transaction for each page. */
  void apply(List<SentPenalty> sent) {
    int height = gatekeeper.height();
    for (int from = 0; from < sent.size(); from += TrackerPages.PAGE) {
      List<SentPenalty> page = sent.subList(from, Math.min(sent.size(), from + TrackerPages.PAGE));
      database.execute(
          handle -> {
            Map<TrackerKey, Tracker> current =
                trackers
                    .load(handle, page.stream().map(each -> each.tracker().trackerKey()).toList())
                    .stream()
                    .collect(Collectors.toMap(Tracker::trackerKey, Function.identity()));
            for (SentPenalty each : page) {
              Tracker read = current.get(each.tracker().trackerKey());
              if (read != null && isSameTracker(read, each.tracker())) {
                latest(handle, read).ifPresent(tracker -> apply(handle, tracker, each, height));
              }
            }
          });
    }
  }

  /** Reads a tracker again that the result of an alternative may have changed meanwhile. */
  private Optional<Tracker> latest(Handle handle, Tracker read) {
    return read.penalty().hasAlternatives() ? reload(handle, read) : Optional.of(read);
  }

  private void apply(Handle handle, Tracker tracker, SentPenalty sent, int height) {
    BroadcastResult result = sent.result();
    if (tracker.status().isSettled()) {
      return; // a block was processed meanwhile
    }
    // A penalty in the mempool is due at once only if the mempool has lost it, which is no event if
    // a block has it. After a restart of bitcoind, it may be sent before the mempool was looked up.
    boolean evicted =
        tracker.status() instanceof InMempool
            && (tracker.retry().equals(tracker.dueNow().retry())
                || result.equals(new Accepted(true)));
    if (evicted && isDecided(result)) {
      journal.recordEvent(handle, tracker, Kind.EVICTED, "");
    }
    switch (result) {
      case Accepted(boolean withDispute) -> {
        boolean isNew = evicted || !(tracker.status() instanceof InMempool);
        trackers.update(handle, tracker.withStatus(new InMempool(height)));
        alternatives.standBy(handle, tracker, height);
        if (isNew) {
          journal.recordSent(handle, tracker, withDispute);
        }
      }
      // bitcoind may be ahead of the tower, or on a branch that it leaves before the tower sees it.
      // Only a block that the tower has processed is undone by a reorg.
      case InChain(BlockId block) -> {
        if (progress.isProcessed(handle, block)) {
          trackers.update(handle, tracker.withStatus(new Confirmed(block.height())));
          alternatives.supersede(handle, tracker, block.height());
          journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + block.height());
        } else {
          trackers.update(handle, tracker.withStatus(new InMempool(height)));
          alternatives.standBy(handle, tracker, height);
        }
      }
      case Refused refused -> refuse(handle, tracker, refused, height);
      case InputsMissing(String reason) -> markDisputeMissing(handle, tracker, reason, height);
      case ParentMissing(Txid parent) -> awaitParent(handle, tracker, sent, parent, height);
      case Invalid(String reason) -> drop(handle, tracker, reason);
      case Undecided undecided -> {} // unchanged, and still due
      case NodeUnavailable unavailable -> {} // unchanged, and still due
    }
  }

  private static boolean isDecided(BroadcastResult result) {
    return switch (result) {
      case InChain chain -> false;
      case Undecided undecided -> false;
      case ParentMissing missing -> true;
      case NodeUnavailable unavailable -> false;
      case Accepted accepted -> true;
      case Refused refused -> true;
      case InputsMissing inputsMissing -> true;
      case Invalid invalid -> true;
    };
  }

  private void refuse(Handle handle, Tracker tracker, Refused refused, int height) {
    trackers.update(handle, tracker.refused(refused.reason(), refused.conflict(), height));
    journal.recordEvent(handle, tracker, Kind.REFUSED, refused.reason());
  }

  private void markDisputeMissing(Handle handle, Tracker tracker, String reason, int height) {
    if (tracker.disputeHeight().isPresent()) {
      // a block with the dispute was processed meanwhile
      refuse(handle, tracker, new Refused(reason, Optional.empty()), height);
      return;
    }
    boolean isNew = !(tracker.status() instanceof DisputeMissing);
    trackers.update(handle, tracker.disputeMissing(reason, height));
    missing.add(tracker.disputeTxid());
    if (isNew) {
      journal.recordDisputeEvent(handle, tracker, Kind.DISPUTE_MISSING, reason);
    }
  }

  private void awaitParent(
      Handle handle, Tracker tracker, SentPenalty sent, Txid parent, int height) {
    if (!tracker.penalty().parent().equals(sent.tracker().penalty().parent())) {
      return; // a block with it was processed meanwhile; the penalty is still due
    }
    trackers.update(handle, tracker.awaitingParent(parent, height));
    alternatives.awaitParent(handle, tracker, parent, height);
    parents.add(parent);
    journal.recordEvent(handle, tracker, Kind.AWAITING_PARENT, parent.toString());
  }

  /**
   * Deletes the tracker of an invalid penalty, and the appointment unless it has other penalties.
   * The slots are forfeited: its sender pays for it.
   */
  private void drop(Handle handle, Tracker tracker, String reason) {
    journal.recordDropped(tracker, reason);
    if (trackers.deleteMember(handle, tracker)) {
      return;
    }
    trackers.deleteAppointments(handle, List.of(tracker));
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.forfeitSlots(handle, tracker.user(), tracker.slots());
  }

  /** Makes those of {@code found} due now whose status has not changed since they were read. */
  void makeDue(List<Tracker> found) {
    updateUnchanged(found, Tracker::dueNow);
  }

  /** Makes those of {@code found} pending whose status has not changed since they were read. */
  void choose(List<Tracker> found, int height) {
    updateUnchanged(found, tracker -> tracker.chosen(height));
  }

  private void updateUnchanged(List<Tracker> found, UnaryOperator<Tracker> change) {
    for (int from = 0; from < found.size(); from += TrackerPages.PAGE) {
      List<Tracker> page = found.subList(from, Math.min(found.size(), from + TrackerPages.PAGE));
      database.execute(
          handle -> {
            for (Tracker tracker : page) {
              reload(handle, tracker)
                  .filter(current -> current.status().equals(tracker.status()))
                  .ifPresent(current -> trackers.update(handle, change.apply(current)));
            }
          });
    }
  }

  private Optional<Tracker> reload(Handle handle, Tracker tracker) {
    return trackers
        .load(handle, tracker.trackerKey())
        .filter(current -> isSameTracker(current, tracker));
  }

  /** Returns false if another appointment's tracker has taken its place. */
  private static boolean isSameTracker(Tracker current, Tracker before) {
    return current.penaltyTxid().equals(before.penaltyTxid());
  }
}
