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
import teos.tower.store.AppointmentKey;
import teos.tower.store.PenaltyStatus.DisputeMissing;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;

/**
 * Makes penalties due that back off, or are in the mempool, when what that was for has changed.
 * Used by the rebroadcaster's thread only.
 */
final class RetryTriggers {

  /** Trackers that are checked in one page. */
  private static final int CHECKED_AT_ONCE = 500;

  /** Answers about the mempool that are remembered during a check. */
  private static final int MAX_REMEMBERED = 20_000;

  /** A mempool that is full lowers its minimum all the time; a tenth less is worth another try. */
  private static final double LOWER_FEE = 0.9;

  /** What has happened that may make penalties due. */
  enum Cause {
    /** A block has come, or has gone. */
    BLOCK,
    /** All of the mempool has been looked at. */
    MEMPOOL,
    /** bitcoind answers again, and may have been restarted. */
    NODE,
    /** Something else is due now. */
    DUE
  }

  /** Lets others go first between two pages. */
  @FunctionalInterface
  interface Turn {
    /** False if there must be no more pages. */
    boolean mayGoOn() throws InterruptedException;
  }

  private final Database database;
  private final TrackersDBM trackers;
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;
  private final PenaltySender sender;
  private final Turn turn;
  private boolean waitsForFee;
  private double feeAtLastTry = Double.MAX_VALUE;

  RetryTriggers(
      Database database,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Carrier carrier,
      PenaltySender sender,
      Turn turn) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.carrier = carrier;
    this.sender = sender;
    this.turn = turn;
  }

  /** To be told of what came of each penalty that was sent. */
  void sent(BroadcastResult result) {
    waitsForFee |=
        switch (result) {
          case BroadcastResult.Refused refused -> isForFee(refused.reason());
          case BroadcastResult.InputsMissing gone -> isForFee(gone.reason());
          default -> false;
        };
  }

  /** Whether a lower fee would make penalties due: it must be looked at now and then. */
  boolean waitForFee() {
    return waitsForFee;
  }

  /** Makes due what {@code why} may have changed. */
  void check(Set<Cause> why) throws InterruptedException {
    if (why.contains(Cause.NODE) && carrier.hasRestarted()) {
      makeDue(tracker -> tracker.status() instanceof Refused);
    }
    if (why.contains(Cause.BLOCK) || why.contains(Cause.MEMPOOL) || why.contains(Cause.NODE)) {
      checkMempool();
    }
    if (waitsForFee) {
      checkFee();
    }
  }

  private void checkFee() throws InterruptedException {
    double fee = carrier.minimumFee().orElse(feeAtLastTry);
    if (fee < feeAtLastTry * LOWER_FEE && feeAtLastTry != Double.MAX_VALUE) {
      waitsForFee = false;
      makeDue(
          tracker ->
              switch (tracker.status()) {
                case Refused refused -> isForFee(refused.reason());
                case DisputeMissing gone -> isForFee(gone.reason());
                default -> false;
              });
      feeAtLastTry = fee;
    } else if (feeAtLastTry == Double.MAX_VALUE || fee > feeAtLastTry) {
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
   * Makes due what bitcoind's mempool has lost, and what was refused for a conflict or with a
   * dispute that is not there any more.
   */
  private void checkMempool() throws InterruptedException {
    Map<Txid, Boolean> missing = new HashMap<>();
    eachPage(
        page -> {
          Set<Txid> unknown = new HashSet<>();
          page.forEach(tracker -> unknown.addAll(needed(tracker)));
          if (missing.size() > MAX_REMEMBERED) {
            missing.clear();
          }
          unknown.removeAll(missing.keySet());
          Set<Txid> gone = carrier.missingFromMempool(unknown);
          unknown.forEach(txid -> missing.put(txid, gone.contains(txid)));
          List<Tracker> changed = new ArrayList<>();
          for (Tracker tracker : page) {
            if (needed(tracker).stream().anyMatch(txid -> missing.getOrDefault(txid, false))) {
              changed.add(tracker);
            }
          }
          return changed;
        });
  }

  /** What the mempool has, as far as is known: if it has it no more, the penalty is due. */
  private List<Txid> needed(Tracker tracker) {
    if (tracker.status() instanceof InMempool) {
      return List.of(tracker.penaltyTxid());
    }
    if (!(tracker.status() instanceof Refused) || !isWaiting(tracker)) {
      return List.of();
    }
    List<Txid> needed = new ArrayList<>(2);
    tracker.retry().conflict().ifPresent(needed::add);
    if (tracker.disputeHeight().isEmpty()) {
      needed.add(tracker.disputeTxid());
    }
    return needed;
  }

  private interface Choice {
    /** The trackers of {@code page} that are due now. */
    List<Tracker> of(List<Tracker> page);
  }

  private void eachPage(Choice choice) throws InterruptedException {
    Optional<AppointmentKey> after = Optional.empty();
    List<Tracker> page;
    do {
      if (!turn.mayGoOn()) {
        return;
      }
      Optional<AppointmentKey> from = after;
      page = database.read(handle -> trackers.unsettled(handle, from, CHECKED_AT_ONCE));
      sender.makeDue(page.isEmpty() ? page : choice.of(page));
      after = page.isEmpty() ? after : Optional.of(page.getLast().key());
    } while (page.size() == CHECKED_AT_ONCE);
  }
}
