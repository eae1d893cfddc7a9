package teos.tower.responder;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.TrackerPages.Step;
import teos.tower.store.PenaltyStatus.AwaitingParent;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent.Kind;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/**
 * Transactions that trackers wait for, until they are in the mempool. Up to {@value #MAX_IN_MEMORY}
 * txids are kept in memory; beyond that, the database is asked. The set may still contain a
 * transaction that has arrived in a block.
 */
final class MissingTransactions {

  private static final int MAX_IN_MEMORY = 10_000;

  private final Database database;
  private final BiFunction<Handle, Collection<Txid>, List<Txid>> among;
  private final Waiting waiting;
  private final BiConsumer<Handle, Tracker> resume;
  private final Set<Txid> missing = ConcurrentHashMap.newKeySet();
  private volatile boolean tooMany;

  /** Reads a page of the trackers that wait, or have waited, for a transaction. */
  private interface Waiting {
    List<Tracker> page(Handle handle, Txid txid, Optional<TrackerKey> after, int limit);
  }

  /**
   * @param stored missing transactions that are stored, at most {@value #MAX_IN_MEMORY}
   * @param among returns those of some transactions that may be missing
   * @param resume changes a tracker whose transaction is in the mempool, if it still waits
   */
  private MissingTransactions(
      Database database,
      List<Txid> stored,
      BiFunction<Handle, Collection<Txid>, List<Txid>> among,
      Waiting waiting,
      BiConsumer<Handle, Tracker> resume) {
    this.database = database;
    this.among = among;
    this.waiting = waiting;
    this.resume = resume;
    missing.addAll(stored);
    tooMany = stored.size() >= MAX_IN_MEMORY;
  }

  /** Returns the disputes that are in no block and no mempool. */
  static MissingTransactions disputes(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper, TrackerJournal journal) {
    TrackerSearchDBM search = new TrackerSearchDBM();
    return new MissingTransactions(
        database,
        database.read(handle -> search.missingDisputes(handle, MAX_IN_MEMORY)),
        search::missingDisputesAmong,
        search::withDispute,
        (handle, tracker) -> {
          if (tracker.status() instanceof DisputeMissing) {
            Tracker again = tracker.disputeFound(gatekeeper.height());
            trackers.update(handle, again);
            journal.recordDisputeEvent(
                handle, again, Kind.SEEN, TrackerJournal.where(again.disputeHeight()));
          }
        });
  }

  /**
   * Returns the transactions other than disputes that penalties spend, such as the cheater's HTLC
   * transactions, and that are in no block and no mempool.
   */
  static MissingTransactions parents(
      Database database, TrackersDBM trackers, Gatekeeper gatekeeper) {
    TrackerSearchDBM search = new TrackerSearchDBM();
    return new MissingTransactions(
        database,
        database.read(handle -> search.missingParents(handle, MAX_IN_MEMORY)),
        search::parentsAmong,
        search::withParent,
        (handle, tracker) -> {
          if (tracker.status() instanceof AwaitingParent) {
            trackers.update(handle, tracker.parentFound(OptionalInt.empty(), gatekeeper.height()));
          }
        });
  }

  void add(Txid txid) {
    if (missing.size() < MAX_IN_MEMORY) {
      missing.add(txid);
    } else {
      tooMany = true;
    }
  }

  /**
   * Resumes the trackers that wait for a transaction of {@code mempool}.
   *
   * @return whether there may have been any
   */
  boolean resume(Collection<Txid> mempool) {
    Set<Txid> found = filter(mempool);
    if (found.isEmpty()) {
      return false;
    }
    TrackerPages.process(
        database,
        start ->
            found.stream()
                .map(
                    txid ->
                        new Step(
                            (h, after, limit) -> waiting.page(h, txid, after, limit),
                            (h, page) -> page.forEach(tracker -> resume.accept(h, tracker))))
                .toList(),
        end -> {});
    missing.removeAll(found);
    return true;
  }

  private Set<Txid> filter(Collection<Txid> txids) {
    if (tooMany) {
      return new HashSet<>(database.read(handle -> among.apply(handle, txids)));
    }
    return missing.isEmpty()
        ? Set.of()
        : txids.stream().filter(missing::contains).collect(Collectors.toSet());
  }
}
