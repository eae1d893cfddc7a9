package teos.tower.responder;

import java.util.List;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Standby;
import teos.tower.store.PenaltyStatus.Superseded;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/** Changes the alternatives of a penalty that bitcoind has accepted or cannot accept yet. */
final class Alternatives {

  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();

  Alternatives(TrackersDBM trackers) {
    this.trackers = trackers;
  }

  /**
   * Marks the alternatives of {@code tracker} as superseded: its penalty is in the block at {@code
   * height}.
   */
  void supersede(Handle handle, Tracker tracker, int height) {
    if (tracker.penalty().hasAlternatives()) {
      change(handle, tracker, trackers.loadAll(handle, tracker.key()), new Superseded(height));
    }
  }

  /** Puts the alternatives of {@code tracker} on standby: bitcoind has its penalty instead. */
  void standBy(Handle handle, Tracker tracker, int height) {
    if (tracker.penalty().hasAlternatives()) {
      change(handle, tracker, search.unsettledOf(handle, tracker.key()), new Standby(height));
    }
  }

  private void change(Handle handle, Tracker tracker, List<Tracker> group, PenaltyStatus status) {
    unsettledAlternatives(tracker, group)
        .forEach(other -> trackers.update(handle, other.withStatus(status)));
  }

  /**
   * Marks the alternatives of {@code tracker} that spend an output of {@code parent} as waiting for
   * it.
   */
  void awaitParent(Handle handle, Tracker tracker, Txid parent, int height) {
    if (tracker.penalty().hasAlternatives()) {
      unsettledAlternatives(tracker, trackers.loadAll(handle, tracker.key()))
          .filter(other -> other.penalty().hasParent(parent))
          .forEach(other -> trackers.update(handle, other.awaitingParent(parent, height)));
    }
  }

  private static Stream<Tracker> unsettledAlternatives(Tracker tracker, List<Tracker> group) {
    return group.stream()
        .filter(other -> other.penalty().isAlternativeTo(tracker.penalty()))
        .filter(other -> !other.status().isSettled());
  }
}
