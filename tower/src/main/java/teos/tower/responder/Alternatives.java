package teos.tower.responder;

import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.PenaltyStatus.Standby;
import teos.tower.store.PenaltyStatus.Superseded;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;

/** Changes the alternatives of a penalty that bitcoind has accepted or cannot accept yet. */
final class Alternatives {

  private final TrackersDBM trackers;

  Alternatives(TrackersDBM trackers) {
    this.trackers = trackers;
  }

  /**
   * Marks the alternatives of {@code tracker} as superseded: the block at {@code height} has it.
   */
  void supersede(Handle handle, Tracker tracker, int height) {
    change(handle, tracker, other -> !other.status().isSettled(), new Superseded(height));
  }

  /** Puts the alternatives of {@code tracker} on standby: bitcoind has its penalty instead. */
  void standBy(Handle handle, Tracker tracker, int height) {
    change(
        handle,
        tracker,
        other ->
            !other.status().isSettled()
                && !(other.status() instanceof Standby)
                && !(other.status() instanceof PenaltyStatus.AwaitingParent),
        new Standby(height));
  }

  /**
   * Marks the alternatives of {@code tracker} that spend an output of {@code parent} as waiting for
   * it.
   */
  void awaitParent(Handle handle, Tracker tracker, Txid parent, int height) {
    of(handle, tracker)
        .filter(other -> !other.status().isSettled() && hasParent(other, parent))
        .forEach(other -> trackers.update(handle, other.awaitingParent(parent, height)));
  }

  private static boolean hasParent(Tracker tracker, Txid parent) {
    return tracker.penalty().parent().filter(each -> each.txid().equals(parent)).isPresent();
  }

  private void change(
      Handle handle, Tracker tracker, Predicate<Tracker> which, PenaltyStatus status) {
    of(handle, tracker)
        .filter(which)
        .forEach(other -> trackers.update(handle, other.withStatus(status)));
  }

  private Stream<Tracker> of(Handle handle, Tracker tracker) {
    return tracker.penalty().hasAlternatives()
        ? trackers.loadAll(handle, tracker.key()).stream()
            .filter(other -> other.penalty().isAlternativeTo(tracker.penalty()))
        : Stream.empty();
  }
}
