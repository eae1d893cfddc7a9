package teos.tower.responder;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.RawTransactions;
import teos.protocol.Txid;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.responder.Carrier.Broadcast;
import teos.tower.responder.PenaltySender.Sent;
import teos.tower.store.AppointmentKey;
import teos.tower.store.Database;
import teos.tower.store.PenaltyStatus.DisputeGone;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Refused;
import teos.tower.store.StorageException;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Thread that sends penalties again which are due: users in turn, a few at a time, and not while
 * others are sent for the first time. What bitcoind refuses backs off ({@link
 * teos.tower.store.Retry}); before each pass it is looked at what has changed, and what that makes due.
 */
final class Rebroadcaster {

  private static final Logger log = LoggerFactory.getLogger(Rebroadcaster.class);

  /** Trackers of which it is known whose turn comes next. */
  private static final int MAX_QUEUED = 2_000;

  private static final int MAX_BATCH = 20;
  private static final int MAX_BATCH_BYTES = 256 * 1024;

  /** Weight units of a transaction over which no node relays it. */
  private static final int MAX_WEIGHT = 400_000;

  private static final BroadcastResult TOO_LARGE =
      new BroadcastResult.Invalid("over " + MAX_WEIGHT + " weight units: no node relays it");

  /** An exchange that takes longer makes the next one smaller: others may be waiting for bitcoind. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** First broadcasts are waited for, but not for ever: there may always be another. */
  private static final long MAX_YIELD_MILLIS = 1_000;

  /** Trackers that are checked in one page. */
  private static final int CHECKED_AT_ONCE = 500;

  /** Answers about the mempool that are remembered during a check. */
  private static final int MAX_REMEMBERED = 20_000;

  private static final long FEE_POLL_MILLIS = 30_000;

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

  private final Database database;
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;
  private final PenaltySender sender;
  private final ConflictingSpends conflicts;

  private final Object lock = new Object();
  private final Set<Cause> causes = EnumSet.noneOf(Cause.class);
  private int firstBroadcasts;
  private boolean busy;
  private boolean closed;
  private final Thread thread = Thread.ofVirtual().name("rebroadcaster").unstarted(this::run);

  // Touched by the thread only.
  private int batchSize = MAX_BATCH;
  private boolean waitsForFee;
  private double feeAtLastTry = Double.MAX_VALUE;

  Rebroadcaster(
      Database database,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      Carrier carrier,
      PenaltySender sender,
      ConflictingSpends conflicts) {
    this.database = database;
    this.trackers = trackers;
    this.gatekeeper = gatekeeper;
    this.carrier = carrier;
    this.sender = sender;
    this.conflicts = conflicts;
  }

  /** Starts the thread, unless it has been. */
  void start() {
    synchronized (lock) {
      if (thread.getState() == Thread.State.NEW && !closed) {
        thread.start();
      }
    }
  }

  /** Has a pass begin; one that is under way begins again, with what is due now. */
  void wake(Cause cause) {
    synchronized (lock) {
      causes.add(cause);
      lock.notifyAll();
    }
  }

  /** Penalties are being sent for the first time until {@link #firstBroadcastsEnd}. */
  void firstBroadcastsBegin() {
    synchronized (lock) {
      firstBroadcasts++;
    }
  }

  void firstBroadcastsEnd() {
    synchronized (lock) {
      firstBroadcasts--;
      lock.notifyAll();
    }
  }

  /** Blocks until all that is due has been sent, or bitcoind has been found not to answer. */
  void awaitIdle() throws InterruptedException {
    synchronized (lock) {
      while (thread.isAlive() && !closed && (busy || !causes.isEmpty())) {
        lock.wait(100); // the thread may end without a word
      }
    }
  }

  /** Blocks until the thread has ended. */
  void stop() throws InterruptedException {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
      if (thread.getState() == Thread.State.NEW) {
        return;
      }
    }
    thread.join();
  }

  private void run() {
    try {
      while (awaitCause()) {
        try {
          pass(takeCauses());
        } catch (RuntimeException e) {
          if (isClosed() || e instanceof StorageException storage && storage.isFatal()) {
            return;
          }
          log.error("cannot rebroadcast; retrying", e);
          TimeUnit.SECONDS.sleep(1);
          wake(Cause.DUE);
        }
      }
    } catch (InterruptedException e) {
      log.debug("rebroadcaster interrupted");
    } finally {
      synchronized (lock) {
        busy = false;
        lock.notifyAll();
      }
    }
  }

  /** False if the thread must end. */
  private boolean awaitCause() throws InterruptedException {
    synchronized (lock) {
      busy = false;
      lock.notifyAll();
      while (causes.isEmpty() && !closed) {
        if (waitsForFee) {
          lock.wait(FEE_POLL_MILLIS);
          break;
        }
        lock.wait();
      }
      busy = !closed;
      return !closed;
    }
  }

  private Set<Cause> takeCauses() {
    synchronized (lock) {
      Set<Cause> taken = EnumSet.noneOf(Cause.class);
      taken.addAll(causes);
      causes.clear();
      return taken;
    }
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  /** Whether the pass must end: there is something new, or nothing more to be done. */
  private boolean mustEnd() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    synchronized (lock) {
      return closed || !causes.isEmpty();
    }
  }

  private void yieldToFirstBroadcasts() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_YIELD_MILLIS);
    synchronized (lock) {
      long left;
      while (firstBroadcasts > 0
          && !closed
          && (left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) > 0) {
        lock.wait(left);
      }
    }
  }

  private void pass(Set<Cause> why) throws InterruptedException {
    check(why);
    int lookBackFrom = Integer.MAX_VALUE;
    List<Tracker> due = due();
    // Each pass sends something: strangers may bring about causes faster than it is found what is due.
    boolean anySent = false;
    boolean goesOn = true;
    while (goesOn && !due.isEmpty()) {
      goesOn = false;
      for (int from = 0; from < due.size(); ) {
        yieldToFirstBroadcasts();
        if (mustEnd() && (anySent || isClosed())) {
          lookBack(lookBackFrom);
          return;
        }
        List<Broadcast> batch = load(due, from);
        from += Math.max(1, batch.size());
        List<Sent> sent = send(batch);
        goesOn |= !sent.isEmpty();
        anySent |= !sent.isEmpty();
        sender.applyResults(sent);
        lookBackFrom = Math.min(lookBackFrom, newlyRefusedFrom(sent));
        if (!sent.isEmpty() && sent.getLast().result() instanceof NodeUnavailable) {
          return; // told of when it is back
        }
      }
      due = due();
    }
    lookBack(lookBackFrom);
  }

  private List<Tracker> due() {
    int height = gatekeeper.height();
    return database.read(handle -> trackers.due(handle, height, MAX_QUEUED));
  }

  /** The next ones, as many as go into one exchange. */
  private List<Broadcast> load(List<Tracker> due, int from) {
    return database.read(
        handle -> {
          List<Broadcast> batch = new ArrayList<>();
          int bytes = 0;
          for (Tracker tracker : due.subList(from, Math.min(due.size(), from + batchSize))) {
            Optional<byte[]> raw = transactions.penalty(handle, tracker.key());
            if (raw.isEmpty() || (bytes + raw.get().length > MAX_BATCH_BYTES && bytes > 0)) {
              break;
            }
            batch.add(new Broadcast(tracker, raw.get()));
            bytes += raw.get().length;
          }
          return batch;
        });
  }

  private List<Sent> send(List<Broadcast> batch) {
    if (batch.isEmpty()) {
      return List.of(); // gone meanwhile, with its tracker
    }
    Optional<Sent> tooLarge =
        batch.stream()
            .filter(each -> isTooLarge(each.penaltyTx()))
            .map(each -> new Sent(each.tracker(), TOO_LARGE))
            .findFirst();
    if (tooLarge.isPresent()) {
      return List.of(tooLarge.get()); // the others are still due
    }
    long start = System.nanoTime();
    List<BroadcastResult> results = carrier.broadcast(batch);
    boolean lost = results.getLast() instanceof NodeUnavailable;
    batchSize =
        lost || System.nanoTime() - start > SLOW_NANOS
            ? Math.max(1, batchSize / 2)
            : Math.min(MAX_BATCH, batchSize * 2);
    List<Sent> sent = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Broadcast each = batch.get(i);
      BroadcastResult result = results.get(i);
      if (result instanceof Undecided undecided) {
        result = decide(each, undecided);
      }
      waitsForFee |=
          switch (result) {
            case BroadcastResult.Refused refused -> isForFee(refused.reason());
            case BroadcastResult.DisputeMissing gone -> isForFee(gone.reason());
            default -> false;
          };
      sent.add(new Sent(each.tracker(), result));
      if (result instanceof NodeUnavailable) {
        break;
      }
    }
    return sent;
  }

  /** Stored by a version that did not look at that; what comes now is dropped when it is decrypted. */
  private static boolean isTooLarge(byte[] penalty) {
    try {
      return penalty.length > MAX_WEIGHT / 4
          && RawTransactions.outline(penalty).weight() > MAX_WEIGHT;
    } catch (IllegalArgumentException e) {
      return false; // bitcoind says what is wrong with it
    }
  }

  /** What cannot be understood is one penalty's matter. */
  private BroadcastResult decide(Broadcast sent, Undecided undecided) {
    try {
      return carrier.decide(sent, undecided, () -> dispute(sent.tracker()));
    } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
      log.atWarn()
          .addKeyValue("uuid", sent.tracker().uuid())
          .addKeyValue("reason", e.getMessage())
          .log("cannot understand what bitcoind says of a penalty");
      return new BroadcastResult.Refused(
          String.valueOf(undecided.cause().getMessage()), Optional.empty());
    }
  }

  private byte[] dispute(Tracker tracker) {
    return database
        .read(handle -> transactions.dispute(handle, tracker.disputeTxid()))
        .orElse(new byte[0]);
  }

  /** Height of the lowest dispute in a block whose penalty was refused for the first time. */
  private static int newlyRefusedFrom(List<Sent> sent) {
    return sent.stream()
        .filter(
            each ->
                each.result() instanceof BroadcastResult.Refused
                    && each.tracker().retry().refusals() == 0
                    && each.tracker().disputeHeight().isPresent())
        .mapToInt(each -> each.tracker().disputeHeight().getAsInt())
        .min()
        .orElse(Integer.MAX_VALUE);
  }

  private void lookBack(int from) {
    int tip = gatekeeper.height();
    if (from <= tip) {
      conflicts.lookBack(from, tip);
    }
  }

  // What has changed

  private void check(Set<Cause> why) throws InterruptedException {
    if (why.contains(Cause.NODE)) {
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
                case DisputeGone gone -> isForFee(gone.reason());
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
            page.stream()
                .filter(tracker -> isWaiting(tracker) && which.test(tracker))
                .toList());
  }

  private boolean isWaiting(Tracker tracker) {
    return tracker.retry().dueAt().orElse(0) > gatekeeper.height();
  }

  /**
   * Makes due what bitcoind's mempool has lost, and what was refused for a conflict or with a dispute
   * that is not there any more.
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
      yieldToFirstBroadcasts();
      if (isClosed()) {
        return;
      }
      Optional<AppointmentKey> from = after;
      page = database.read(handle -> trackers.unsettled(handle, from, CHECKED_AT_ONCE));
      sender.makeDue(page.isEmpty() ? page : choice.of(page));
      after = page.isEmpty() ? after : Optional.of(page.getLast().key());
    } while (page.size() == CHECKED_AT_ONCE);
  }
}
