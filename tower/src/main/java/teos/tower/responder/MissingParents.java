package teos.tower.responder;

import java.util.Collection;
import java.util.OptionalInt;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.PenaltyStatus.AwaitingParent;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/**
 * Transactions other than disputes that penalties wait for, such as the cheater's HTLC
 * transactions, until they are in the mempool. {@link BlockEffects} finds them in blocks.
 */
final class MissingParents {

  private final Database database;
  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final MissingTransactions missing;

  MissingParents(Database database, TrackersDBM trackers, Gatekeeper gatekeeper) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.missing = new MissingTransactions(database, search::missingParents, search::parentsAmong);
  }

  void add(Txid parent) {
    missing.add(parent);
  }

  /**
   * Makes the penalties due that wait for a transaction of {@code mempool}.
   *
   * @return whether there were any
   */
  boolean resume(Collection<Txid> mempool) {
    Set<Txid> found = missing.filter(mempool);
    if (found.isEmpty()) {
      return false;
    }
    TrackerPages.process(
        database,
        start ->
            found.stream()
                .map(
                    parent ->
                        new Step(
                            (h, after, limit) -> search.withParent(h, parent, after, limit),
                            (h, page) -> page.forEach(tracker -> resume(h, tracker))))
                .toList(),
        end -> {});
    missing.removeAll(found);
    return true;
  }

  private void resume(Handle handle, Tracker tracker) {
    if (tracker.status() instanceof AwaitingParent) {
      trackers.update(handle, tracker.parentFound(OptionalInt.empty(), gatekeeper.height()));
    }
  }
}
