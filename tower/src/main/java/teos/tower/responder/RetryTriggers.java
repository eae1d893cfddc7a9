package teos.tower.responder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import teos.protocol.Txid;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerKey;
import teos.tower.store.TrackerSearchDBM;

/**
 * Makes penalties due early when something has changed for them: the mempool has lost them or a
 * conflicting transaction, the minimum fee has fallen, or bitcoind was restarted. Used by the
 * rebroadcaster's thread only.
 */
final class RetryTriggers {

  /** Trackers checked in one page. */
  private static final int PAGE_SIZE = 500;

  /** Mempool lookups cached during a check. */
  private static final int MAX_CACHED_LOOKUPS = 20_000;

  /** Fraction of the last minimum fee at which to retry: a full mempool lowers it all the time. */
  private static final double LOWER_FEE = 0.9;

  /** Reason for a pass of the rebroadcaster. */
  enum Cause {
    /** A block was connected or disconnected. */
    BLOCK,
    /** A snapshot of the mempool was processed. */
    MEMPOOL,
    /** bitcoind responds again, and may have been restarted. */
    NODE,
    /** Other penalties are due now. */
    DUE
  }

  /** Point between two pages at which other work goes first. */
  @FunctionalInterface
  interface YieldPoint {
    /** Returns false if there must be no more pages. */
    boolean mayContinue() throws InterruptedException;
  }

  private final Database database;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final NodeQueries queries;
  private final ResultWriter results;
  private final YieldPoint yieldPoint;
  private boolean waitingForFee;
  private long feeAtLastTry = Long.MAX_VALUE;

  RetryTriggers(
      Database database,
      Gatekeeper gatekeeper,
      NodeQueries queries,
      ResultWriter results,
      YieldPoint yieldPoint) {
    this.database = database;
    this.gatekeeper = gatekeeper;
    this.queries = queries;
    this.results = results;
    this.yieldPoint = yieldPoint;
  }

  /** Records the result of a broadcast; each one must be passed. */
  void recordResult(BroadcastResult result) {
    waitingForFee |=
        switch (result) {
          case BroadcastResult.Refused refused -> isForFee(refused.reason());
          case BroadcastResult.InputsMissing inputs -> isForFee(inputs.reason());
          default -> false;
        };
  }

  /** Returns whether a lower minimum fee would make penalties due, so that it must be polled. */
  boolean isWaitingForFee() {
    return waitingForFee;
  }

  /** Makes due the penalties that {@code causes} may concern. */
  void check(Set<Cause> causes) throws InterruptedException {
    if (causes.contains(Cause.NODE) && queries.hasRestarted()) {
      makeDue(tracker -> tracker.status() instanceof Refused);
    }
    if (causes.contains(Cause.BLOCK)
        || causes.contains(Cause.MEMPOOL)
        || causes.contains(Cause.NODE)) {
      checkMempool();
    }
    if (waitingForFee) {
      checkFee();
    }
  }

  private void checkFee() throws InterruptedException {
    long fee = queries.minimumFee().orElse(feeAtLastTry);
    if (feeAtLastTry != Long.MAX_VALUE && fee < feeAtLastTry * LOWER_FEE) {
      waitingForFee = false;
      makeDue(
          tracker ->
              switch (tracker.status()) {
                case Refused refused -> isForFee(refused.reason());
                case DisputeMissing dispute -> isForFee(dispute.reason());
                default -> false;
              });
      feeAtLastTry = fee;
    } else if (feeAtLastTry == Long.MAX_VALUE || fee > feeAtLastTry) {
      feeAtLastTry = fee;
    }
  }

  private static boolean isForFee(String reason) {
    return reason.contains("min fee not met") || reason.contains("mempool full");
  }

  private void makeDue(Predicate<Tracker> which) throws InterruptedException {
    eachPage(
        page ->
            page.stream().filter(tracker -> isWaiting(tracker) && which.test(tracker)).toList());
  }

  private boolean isWaiting(Tracker tracker) {
    return tracker.retry().dueAt().orElse(0) > gatekeeper.height();
  }

  /**
   * Makes due the penalties that bitcoind's mempool has lost, and refused ones whose conflict or
   * dispute is no longer in it.
   */
  private void checkMempool() throws InterruptedException {
    Map<Txid, Boolean> missing = new HashMap<>();
    eachPage(
        page -> {
          Set<Txid> unknown = new HashSet<>();
          page.forEach(tracker -> unknown.addAll(expectedInMempool(tracker)));
          if (missing.size() > MAX_CACHED_LOOKUPS) {
            missing.clear();
          }
          unknown.removeAll(missing.keySet());
          Set<Txid> absent = queries.missingFromMempool(unknown);
          unknown.forEach(txid -> missing.put(txid, absent.contains(txid)));
          List<Tracker> changed = new ArrayList<>();
          for (Tracker tracker : page) {
            if (expectedInMempool(tracker).stream()
                .anyMatch(txid -> missing.getOrDefault(txid, false))) {
              changed.add(tracker);
            }
          }
          return changed;
        });
  }

  /** Returns transactions believed to be in the mempool; the penalty is due if one is not. */
  private List<Txid> expectedInMempool(Tracker tracker) {
    if (tracker.status() instanceof InMempool) {
      return List.of(tracker.penaltyTxid());
    }
    if (!(tracker.status() instanceof Refused) || !isWaiting(tracker)) {
      return List.of();
    }
    List<Txid> expected = new ArrayList<>(2);
    tracker.retry().conflict().ifPresent(expected::add);
    if (tracker.disputeHeight().isEmpty()) {
      expected.add(tracker.disputeTxid());
    }
    return expected;
  }

  private interface Selector {
    /** Returns the trackers of {@code page} that are due now. */
    List<Tracker> select(List<Tracker> page);
  }

  private void eachPage(Selector selector) throws InterruptedException {
    Optional<TrackerKey> after = Optional.empty();
    List<Tracker> page;
    do {
      if (!yieldPoint.mayContinue()) {
        return;
      }
      Optional<TrackerKey> from = after;
      page = database.read(handle -> search.unsettled(handle, from, PAGE_SIZE));
      results.makeDue(page.isEmpty() ? page : selector.select(page));
      after = page.isEmpty() ? after : Optional.of(page.getLast().trackerKey());
    } while (page.size() == PAGE_SIZE);
  }
}
