package teos.tower.responder;

import java.util.Collection;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/** Disputes that are in no block and no mempool, until they come back. */
final class MissingDisputes {

  private final Database database;
  private final TrackersDBM trackers;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final MissingTransactions missing;

  MissingDisputes(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper, TrackerJournal journal) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
    this.missing =
        new MissingTransactions(database, search::missingDisputes, search::missingDisputesAmong);
  }

  void add(Txid dispute) {
    missing.add(dispute);
  }

  /**
   * Resumes the penalties of missing disputes that are among {@code mempool}.
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
                    dispute ->
                        new Step(
                            (h, after, limit) -> search.withDispute(h, dispute, after, limit),
                            (h, page) -> page.forEach(tracker -> resume(h, tracker))))
                .toList(),
        end -> {});
    missing.removeAll(found);
    return true;
  }

  private void resume(Handle handle, Tracker tracker) {
    if (tracker.status() instanceof DisputeMissing) {
      Tracker again = tracker.disputeFound(gatekeeper.height());
      trackers.update(handle, again);
      journal.recordDisputeEvent(
          handle, again, Kind.SEEN, TrackerJournal.where(again.disputeHeight()));
    }
  }
}
