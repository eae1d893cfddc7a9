package teos.tower.responder;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.RawTransactions;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.BroadcastResult.Undecided;
import teos.tower.responder.Carrier.Broadcast;
import teos.tower.responder.PenaltySender.Sent;
import teos.tower.responder.RetryTriggers.Cause;
import teos.tower.store.Tracker;
import teos.tower.store.TrackersDBM;
import teos.tower.store.TransactionsDBM;

/**
 * Thread that sends penalties again which are due: users in turn, a few at a time, and not while
 * others are sent for the first time. What bitcoind refuses backs off ({@link
 * teos.tower.store.Retry}); before each pass it is looked at what has changed, and what that makes
 * due.
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

  /**
   * An exchange that takes longer makes the next one smaller: others may be waiting for bitcoind.
   */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** First broadcasts are waited for, but not for ever: there may always be another. */
  private static final long MAX_YIELD_MILLIS = 1_000;

  private static final long FEE_POLL_MILLIS = 30_000;

  private final Database database;
  private final TrackersDBM trackers;
  private final TransactionsDBM transactions = new TransactionsDBM();
  private final Gatekeeper gatekeeper;
  private final Carrier carrier;
  private final PenaltySender sender;
  private final LookBack lookBack;
  private final RetryTriggers triggers;

  private final Object lock = new Object();
  private final Set<Cause> causes = EnumSet.noneOf(Cause.class);
  private final List<Sent> unapplied = new ArrayList<>();
  private int firstBroadcasts;
  private boolean busy;
  private boolean closed;
  private final Thread thread = Thread.ofVirtual().name("rebroadcaster").unstarted(this::run);

  // Touched by the thread only.
  private int batchSize = MAX_BATCH;

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
    this.lookBack = new LookBack(database, trackers, gatekeeper, conflicts);
    this.triggers =
        new RetryTriggers(database, trackers, gatekeeper, carrier, sender, this::mayGoOn);
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

  /**
   * Has the results of first broadcasts applied beside the next ones. Until then their trackers are
   * pending, as they would be after a crash.
   */
  void applyLater(List<Sent> sent) {
    synchronized (lock) {
      unapplied.addAll(sent);
    }
    wake(Cause.DUE);
  }

  private void applyResults() throws InterruptedException {
    List<Sent> sent;
    do {
      yieldToFirstBroadcasts();
      synchronized (lock) {
        int count = Math.min(unapplied.size(), TrackerPages.PAGE);
        sent = List.copyOf(unapplied.subList(0, count));
      }
      apply(sent);
      synchronized (lock) {
        unapplied.subList(0, sent.size()).clear();
      }
    } while (!sent.isEmpty());
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

  /** Whether the thread has ended, and no penalty is sent again any more. */
  boolean hasEnded() {
    return thread.getState() == Thread.State.TERMINATED;
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
          if (isClosed() || (e instanceof StorageException storage && storage.isFatal())) {
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
        if (triggers.waitForFee()) {
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

  /** Blocks while first broadcasts are under way; false if the thread must end. */
  private boolean mayGoOn() throws InterruptedException {
    yieldToFirstBroadcasts();
    return !isClosed();
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
    applyResults();
    triggers.check(why);
    List<Tracker> due = due();
    // Each pass sends something: strangers may bring about causes faster than it is found what is
    // due.
    boolean anySent = false;
    boolean goesOn = true;
    while (goesOn && !due.isEmpty()) {
      goesOn = false;
      for (int from = 0; from < due.size(); ) {
        yieldToFirstBroadcasts();
        if (mustEnd() && (anySent || isClosed())) {
          lookBack();
          return;
        }
        List<Broadcast> batch = load(due, from);
        from += Math.max(1, batch.size());
        List<Sent> sent = send(batch);
        goesOn |= !sent.isEmpty();
        anySent |= !sent.isEmpty();
        apply(sent);
        if (!sent.isEmpty() && sent.getLast().result() instanceof NodeUnavailable) {
          return; // told of when it is back
        }
      }
      due = due();
    }
    lookBack();
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
      triggers.sent(result);
      sent.add(new Sent(each.tracker(), result));
      if (result instanceof NodeUnavailable) {
        break;
      }
    }
    return sent;
  }

  /**
   * Stored by a version that did not look at that; what comes now is dropped when it is decrypted.
   */
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

  private void apply(List<Sent> sent) {
    sender.applyResults(sent);
    lookBack.note(sent);
  }

  /** At one block at least; where there is something new, the next pass goes on with the others. */
  private void lookBack() throws InterruptedException {
    boolean[] any = {false};
    lookBack.advance(
        () -> {
          boolean goesOn = mayGoOn() && !(any[0] && mustEnd());
          any[0] = true;
          return goesOn;
        });
  }
}
