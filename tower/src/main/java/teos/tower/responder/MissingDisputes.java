package teos.tower.responder;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackersDBM;

/**
 * Disputes that are in no block and no mempool, until they come back. Up to {@value #MAX_IN_MEMORY}
 * txids are kept in memory; beyond that, the database is asked. The set may still contain a dispute
 * that has come back in a block.
 */
final class MissingDisputes {

  private static final int MAX_IN_MEMORY = 10_000;

  private final Database database;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final TrackerJournal journal;
  private final Set<Txid> missing = ConcurrentHashMap.newKeySet();
  private volatile boolean tooMany;

  MissingDisputes(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper, TrackerJournal journal) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.journal = journal;
    load();
  }

  private void load() {
    missing.addAll(database.read(handle -> trackers.missingDisputes(handle, MAX_IN_MEMORY)));
    tooMany = missing.size() >= MAX_IN_MEMORY;
  }

  void add(Txid dispute) {
    if (missing.size() < MAX_IN_MEMORY) {
      missing.add(dispute);
    } else {
      tooMany = true;
    }
  }

  /**
   * Makes the penalties of missing disputes pending again whose dispute is among {@code mempool}.
   *
   * @return whether there were any
   */
  boolean resume(Collection<Txid> mempool) {
    Set<Txid> found = filterMissing(mempool);
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
                            (h, after, limit) -> trackers.withDispute(h, dispute, after, limit),
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
      journal.recordEvent(handle, again, Kind.SEEN, TrackerJournal.where(again.disputeHeight()));
    }
  }

  /** Returns those of {@code txids} that may be missing disputes. */
  private Set<Txid> filterMissing(Collection<Txid> txids) {
    if (tooMany) {
      return new HashSet<>(database.read(handle -> trackers.missingDisputesAmong(handle, txids)));
    }
    return missing.isEmpty()
        ? Set.of()
        : txids.stream().filter(missing::contains).collect(Collectors.toSet());
  }
}
