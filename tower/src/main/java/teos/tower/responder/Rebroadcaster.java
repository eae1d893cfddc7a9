package teos.tower.responder;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.responder.BroadcastResult.NodeUnavailable;
import teos.tower.responder.RetryTriggers.Cause;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerSearchDBM;
import teos.tower.store.TrackersDBM;

/**
 * Thread that sends due penalties again: users in turn, a few penalties at a time, and giving way
 * to first broadcasts. Refused penalties back off ({@link teos.tower.store.Retry}); each pass
 * begins with a check of what has changed, and makes due what that concerns. Of alternatives,
 * {@link BundleLadders} makes one due.
 */
final class Rebroadcaster {

  private static final Logger log = LoggerFactory.getLogger(Rebroadcaster.class);

  /** Due trackers read at once, in the order in which they are sent. */
  private static final int MAX_QUEUED = 2_000;

  /** Longest time to give way to first broadcasts: there may always be another one. */
  private static final long MAX_YIELD_MILLIS = 1_000;

  private static final long FEE_POLL_MILLIS = 30_000;

  private final Database database;
  private final TrackerSearchDBM search = new TrackerSearchDBM();
  private final Gatekeeper gatekeeper;
  private final PenaltySender sender;
  private final ResultWriter results;
  private final LookBack lookBack;
  private final RetryTriggers triggers;
  private final FeeEstimator estimator;
  private final BundleLadders ladders;

  private final Object lock = new Object();
  private final Set<Cause> causes = EnumSet.noneOf(Cause.class);
  private final List<SentPenalty> unapplied = new ArrayList<>();
  private int firstBroadcasts;
  private boolean busy;
  private boolean closed;
  private final Thread thread = Thread.ofVirtual().name("rebroadcaster").unstarted(this::run);

  Rebroadcaster(
      Database database,
      TrackersDBM trackers,
      Gatekeeper gatekeeper,
      NodeQueries queries,
      FeeEstimator estimator,
      PenaltySender sender,
      ResultWriter results,
      ConflictingSpends conflicts) {
    this.database = database;
    this.gatekeeper = gatekeeper;
    this.sender = sender;
    this.results = results;
    this.lookBack = new LookBack(database, gatekeeper, conflicts);
    this.triggers = new RetryTriggers(database, gatekeeper, queries, results, this::mayContinue);
    this.estimator = estimator;
    this.ladders = new BundleLadders(database, trackers, gatekeeper, estimator, results);
  }

  /** Starts the thread; does nothing if it was started or stopped before. */
  void start() {
    synchronized (lock) {
      if (thread.getState() == Thread.State.NEW && !closed) {
        thread.start();
      }
    }
  }

  /** Starts a pass; a running pass ends soon, so that a new one sends what is due now. */
  void wake(Cause cause) {
    synchronized (lock) {
      causes.add(cause);
      lock.notifyAll();
    }
  }

  /**
   * Leaves the results of first broadcasts to this thread, so that the next ones need not wait.
   * Until they are applied, their trackers are pending, as they would be after a crash.
   */
  void applyLater(List<SentPenalty> sent) {
    synchronized (lock) {
      unapplied.addAll(sent);
    }
    wake(Cause.DUE);
  }

  private void applyPendingResults() throws InterruptedException {
    List<SentPenalty> sent;
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

  /** Makes this thread give way until {@link #endFirstBroadcasts}; calls may be nested. */
  void beginFirstBroadcasts() {
    synchronized (lock) {
      firstBroadcasts++;
    }
  }

  void endFirstBroadcasts() {
    synchronized (lock) {
      firstBroadcasts--;
      lock.notifyAll();
    }
  }

  /** Blocks until all due penalties have been sent, or bitcoind does not respond. */
  void awaitIdle() throws InterruptedException {
    synchronized (lock) {
      while (thread.isAlive() && !closed && (busy || !causes.isEmpty())) {
        lock.wait(100); // the thread may end without a notification
      }
    }
  }

  /** Returns whether the thread has ended, so that no penalty is sent again. */
  boolean hasEnded() {
    return thread.getState() == Thread.State.TERMINATED;
  }

  /** Stops the thread, and blocks until it has ended. */
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
          runPass(takeCauses());
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

  /** Blocks until a pass must begin; returns false if the thread must end. */
  private boolean awaitCause() throws InterruptedException {
    synchronized (lock) {
      busy = false;
      lock.notifyAll();
      while (causes.isEmpty() && !closed) {
        if (triggers.isWaitingForFee()) {
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

  /** Returns whether the pass must end: there is a new cause, or the thread must end. */
  private boolean mustEndPass() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    synchronized (lock) {
      return closed || !causes.isEmpty();
    }
  }

  /** Gives way to first broadcasts; returns false if the thread must end. */
  private boolean mayContinue() throws InterruptedException {
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

  private void runPass(Set<Cause> passCauses) throws InterruptedException {
    applyPendingResults();
    triggers.check(passCauses);
    if (!passCauses.equals(Set.of(Cause.DUE))) {
      estimator.refresh();
    }
    ladders.planAll(this::mayContinue);
    List<Tracker> due = due();
    // Each pass sends at least one batch: strangers may cause passes faster than due penalties are
    // found.
    boolean anySent = false;
    boolean madeProgress = true;
    while (madeProgress && !due.isEmpty()) {
      madeProgress = false;
      for (int from = 0; from < due.size(); ) {
        yieldToFirstBroadcasts();
        if (mustEndPass() && (anySent || isClosed())) {
          lookBack();
          return;
        }
        List<TrackedPenalty> batch = sender.loadRetryBatch(due.subList(from, due.size()));
        from += Math.max(1, batch.size());
        List<SentPenalty> sent = sender.sendAgain(batch);
        sent.forEach(each -> triggers.recordResult(each.result()));
        madeProgress |= !sent.isEmpty();
        anySent |= !sent.isEmpty();
        apply(sent);
        ladders.planRejected(sent);
        if (!sent.isEmpty() && sent.getLast().result() instanceof NodeUnavailable) {
          return; // Cause.NODE follows when it is back
        }
      }
      due = due();
    }
    lookBack();
  }

  private List<Tracker> due() {
    int height = gatekeeper.height();
    return database.read(handle -> search.due(handle, height, MAX_QUEUED));
  }

  private void apply(List<SentPenalty> sent) {
    results.apply(sent);
    lookBack.addFirstRefusals(sent);
  }

  /** Searches at least one block; the next pass continues if there is a new cause. */
  private void lookBack() throws InterruptedException {
    boolean[] any = {false};
    lookBack.search(
        () -> {
          boolean goOn = mayContinue() && !(any[0] && mustEndPass());
          any[0] = true;
          return goOn;
        });
  }
}
