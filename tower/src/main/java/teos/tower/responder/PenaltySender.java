package teos.tower.responder;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.bitcoin.BlockId;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BroadcastResult.Accepted;
import teos.tower.responder.BroadcastResult.InChain;
import teos.tower.responder.BroadcastResult.InputsMissing;
import teos.tower.responder.BroadcastResult.Invalid;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Refused;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.responder.Carrier.Broadcast;
import teos.tower.store.AppointmentKey;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;

/** Sends penalties, and updates their trackers by what bitcoind makes of them. */
final class PenaltySender {

  /**
   * Penalties in one exchange, and bytes of all together: bitcoind answers when it has checked the
   * last of them.
   */
  private static final int MAX_BATCH = 50;

  private static final int MAX_BATCH_BYTES = 512 * 1024;

  private final Database database;
  private final AppointmentsDBM appointments;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;
  private final TrackerJournal journal;
  private final ChainProgress progress;
  private final MissingDisputes missing;

  PenaltySender(
      Database database,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Carrier carrier,
      TrackerJournal journal,
      ChainProgress progress,
      MissingDisputes missing) {
    this.database = database;
    this.appointments = appointments;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.carrier = carrier;
    this.journal = journal;
    this.progress = progress;
    this.missing = missing;
  }

  /** A penalty that was sent, and what came of it. */
  record Sent(Tracker tracker, BroadcastResult result) {}

  /**
   * Sends penalties for the first time, in their order. Of those that bitcoind does not take at
   * once nobody asks why: they stay pending, and are sent again with the others that are due.
   *
   * @return what came of those that were sent
   */
  List<Sent> sendFirst(List<Broadcast> fresh) {
    List<Sent> sent = new ArrayList<>(fresh.size());
    for (int from = 0; from < fresh.size(); ) {
      int to = endOfBatch(fresh, from);
      List<Broadcast> batch = fresh.subList(from, to);
      List<BroadcastResult> results = carrier.broadcast(batch);
      for (int i = 0; i < batch.size(); i++) {
        sent.add(new Sent(batch.get(i).tracker(), results.get(i)));
      }
      if (results.getLast() instanceof NodeUnavailable) {
        break; // the others would find the same; all are pending, and are sent when it is back
      }
      from = to;
    }
    return sent;
  }

  private static int endOfBatch(List<Broadcast> all, int from) {
    int to = from + 1;
    int bytes = all.get(from).penaltyTx().length;
    while (to < all.size()
        && to - from < MAX_BATCH
        && bytes + all.get(to).penaltyTx().length <= MAX_BATCH_BYTES) {
      bytes += all.get(to).penaltyTx().length;
      to++;
    }
    return to;
  }

  /** Updates the trackers of what was sent, a page of them in a transaction. */
  void applyResults(List<Sent> sent) {
    int height = gatekeeper.height();
    for (int from = 0; from < sent.size(); from += TrackerPages.PAGE) {
      List<Sent> page = sent.subList(from, Math.min(sent.size(), from + TrackerPages.PAGE));
      database.execute(
          handle -> {
            Map<AppointmentKey, Tracker> now =
                trackers
                    .load(handle, page.stream().map(each -> each.tracker().key()).toList())
                    .stream()
                    .collect(Collectors.toMap(Tracker::key, Function.identity()));
            for (Sent each : page) {
              Tracker tracker = now.get(each.tracker().key());
              if (tracker != null && isSame(tracker, each.tracker())) {
                apply(handle, tracker, each, height);
              }
            }
          });
    }
  }

  private void apply(Handle handle, Tracker tracker, Sent sent, int height) {
    if (tracker.status().isSettled()) {
      return; // a block has come in between
    }
    // One in the mempool is due at once only if the mempool has lost it: no news if a block has it.
    // A
    // bitcoind that has restarted may be sent to before its mempool is looked at.
    boolean evicted =
        tracker.status() instanceof InMempool
            && (tracker.retry().equals(tracker.dueNow().retry())
                || sent.result().equals(new Accepted(true)));
    if (evicted && isVerdict(sent.result())) {
      journal.recordEvent(handle, tracker, Kind.EVICTED, "");
    }
    switch (sent.result()) {
      case Accepted(boolean withDispute) -> {
        boolean news = evicted || !(tracker.status() instanceof InMempool);
        trackers.update(handle, tracker.with(new InMempool(height)));
        if (news) {
          journal.recordEvent(handle, tracker, Kind.SENT, withDispute ? "with its dispute" : "");
        }
      }
      // bitcoind may be ahead of the tower, or on a branch that it leaves again before the tower
      // has
      // looked: only what is in a block of the tower's own chain is undone with that.
      case InChain(BlockId block) -> {
        if (progress.isProcessed(handle, block)) {
          trackers.update(handle, tracker.with(new Confirmed(block.height())));
          journal.recordEvent(handle, tracker, Kind.CONFIRMED, "in block " + block.height());
        } else {
          trackers.update(handle, tracker.with(new InMempool(height)));
        }
      }
      case Refused refused -> refused(handle, tracker, refused, height);
      case InputsMissing(String reason) -> {
        if (tracker.disputeHeight().isPresent()) {
          // a block with it has come in between
          refused(handle, tracker, new Refused(reason, Optional.empty()), height);
        } else {
          boolean news = !(tracker.status() instanceof DisputeMissing);
          trackers.update(handle, tracker.disputeGone(reason, height));
          missing.add(tracker.disputeTxid());
          if (news) {
            journal.recordEvent(handle, tracker, Kind.DISPUTE_GONE, reason);
          }
        }
      }
      case Invalid(String reason) -> drop(handle, tracker, reason);
      case Undecided undecided -> {} // stays as it is, and due
      case NodeUnavailable unavailable -> {} // the same
    }
  }

  private static boolean isVerdict(BroadcastResult result) {
    return switch (result) {
      case InChain chain -> false;
      case Undecided undecided -> false;
      case NodeUnavailable unavailable -> false;
      case Accepted accepted -> true;
      case Refused refused -> true;
      case InputsMissing gone -> true;
      case Invalid invalid -> true;
    };
  }

  private void refused(Handle handle, Tracker tracker, Refused refused, int height) {
    trackers.update(handle, tracker.refused(refused.reason(), refused.conflict(), height));
    journal.recordEvent(handle, tracker, Kind.REFUSED, refused.reason());
  }

  /** Makes due now those of {@code found} to which nothing has happened since they were read. */
  void makeDue(List<Tracker> found) {
    for (int from = 0; from < found.size(); from += TrackerPages.PAGE) {
      List<Tracker> page = found.subList(from, Math.min(found.size(), from + TrackerPages.PAGE));
      database.execute(
          handle -> {
            for (Tracker tracker : page) {
              reload(handle, tracker)
                  .filter(now -> now.status().equals(tracker.status()))
                  .ifPresent(now -> trackers.update(handle, now.dueNow()));
            }
          });
    }
  }

  /** Junk, which its sender pays for: the slots are not given back. */
  private void drop(Handle handle, Tracker tracker, String reason) {
    journal.recordDropped(tracker, reason);
    trackers.delete(handle, tracker);
    appointments.deleteAppointment(handle, tracker.locator(), tracker.user());
    gatekeeper.forfeitSlots(handle, tracker.user(), tracker.slots());
  }

  /** The tracker as it is now, if it is still that one. */
  private Optional<Tracker> reload(Handle handle, Tracker tracker) {
    return trackers
        .load(handle, tracker.locator(), tracker.user())
        .filter(now -> isSame(now, tracker));
  }

  /** Not another appointment's that has taken its place. */
  private static boolean isSame(Tracker now, Tracker before) {
    return now.penaltyTxid().equals(before.penaltyTxid());
  }
}
