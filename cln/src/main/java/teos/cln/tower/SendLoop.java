package teos.cln.tower;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import teos.client.NotRegisteredException;
import teos.client.PendingReason;
import teos.client.SendReport;
import teos.cln.jsonrpc.Log;

/**
 * Sends the queue of one tower on its own thread: at once while the tower accepts appointments,
 * with backoff after a failure, and rarely after failures for {@link RetryPolicy#maxRetryTime}. The
 * queue itself is on disk.
 */
final class SendLoop {

  /** However long a tower asks to wait. */
  private static final Duration MAX_DELAY = Duration.ofHours(1);

  /** However short the automatic retry's delay is configured. */
  private static final Duration MIN_IDLE = Duration.ofSeconds(10);

  private enum Phase {
    /** Every new appointment is sent at once. */
    FLOWING,
    /** The queue is retried with backoff. */
    RETRYING,
    /** The queue waits for a command, or for the automatic retry. */
    IDLE
  }

  /** What {@link #retry} did. */
  enum RetryResult {
    STARTED,
    ALREADY_RETRYING,
    NOT_NEEDED
  }

  private final QueueSending sending;
  private final RetryPolicy policy;
  private final Log log;
  private final String tower;
  private final RandomGenerator random = RandomGenerator.getDefault();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Phase phase = Phase.FLOWING;
  private TowerStatus status = TowerStatus.REACHABLE;
  private boolean queued;
  private boolean retryRequested;
  private boolean stopped;
  private int failures;
  private long failingSince;
  private long nextAttempt;

  private final Thread thread;

  SendLoop(String tower, QueueSending sending, RetryPolicy policy, Log log) {
    this.tower = tower;
    this.sending = sending;
    this.policy = policy;
    this.log = log;
    this.thread = Thread.ofVirtual().name("teos-cln-sender").unstarted(this::run);
  }

  /**
   * Starts the thread.
   *
   * @param hasQueue whether appointments are left from an earlier run
   * @param misbehaving whether the tower is marked as misbehaving, so that nothing is sent
   */
  void start(boolean hasQueue, boolean misbehaving) {
    lock.lock();
    try {
      if (misbehaving) {
        idle(TowerStatus.MISBEHAVING);
      } else if (hasQueue) {
        status = TowerStatus.TEMPORARY_UNREACHABLE;
        phase = Phase.RETRYING;
        failingSince = System.nanoTime();
        nextAttempt = failingSince;
      }
    } finally {
      lock.unlock();
    }
    thread.start();
  }

  TowerStatus status() {
    lock.lock();
    try {
      return status;
    } finally {
      lock.unlock();
    }
  }

  /** Reports a new appointment in the queue. Does not shorten a backoff. */
  void appointmentQueued() {
    lock.lock();
    try {
      queued = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Starts an attempt now, unless the tower needs none or is being retried. */
  RetryResult retry() {
    lock.lock();
    try {
      if (phase == Phase.RETRYING) {
        return RetryResult.ALREADY_RETRYING;
      }
      if (status != TowerStatus.UNREACHABLE && status != TowerStatus.SUBSCRIPTION_ERROR) {
        return RetryResult.NOT_NEEDED;
      }
      requestRetry();
      return RetryResult.STARTED;
    } finally {
      lock.unlock();
    }
  }

  /** Starts an attempt now, because the user has registered. */
  void registered() {
    lock.lock();
    try {
      requestRetry();
    } finally {
      lock.unlock();
    }
  }

  /** Reports that a request of the user's found the tower unreachable, as rust-teos's does. */
  void foundUnreachable() {
    lock.lock();
    try {
      if (status == TowerStatus.REACHABLE) {
        phase = Phase.RETRYING;
        status = TowerStatus.TEMPORARY_UNREACHABLE;
        failingSince = System.nanoTime();
        nextAttempt = failingSince + policy.backoff().delay(1, random).toNanos();
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void requestRetry() {
    phase = Phase.RETRYING;
    if (status != TowerStatus.SUBSCRIPTION_ERROR) {
      status = TowerStatus.TEMPORARY_UNREACHABLE;
    }
    failures = 0;
    failingSince = System.nanoTime();
    nextAttempt = failingSince;
    retryRequested = true;
    changed.signalAll();
  }

  /** Ends the thread, also within a request, and waits until it has ended. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        attempt();
      }
    } catch (InterruptedException e) {
      // stopped
    }
  }

  /** Waits until the queue is due; false once stopped. */
  private boolean awaitWork() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!stopped) {
        long delay = nextAttempt - System.nanoTime();
        boolean due = phase == Phase.FLOWING ? queued : retryRequested || delay <= 0;
        if (due) {
          queued = false;
          retryRequested = false;
          return true;
        }
        if (phase == Phase.FLOWING) {
          changed.await();
        } else {
          long ignored = changed.awaitNanos(delay);
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void attempt() throws InterruptedException {
    Optional<PendingReason> reason;
    boolean progress = false;
    try {
      SendReport report = sending.send();
      progress = report.accepted() > 0;
      reason = report.pendingReason();
    } catch (IOException | NotRegisteredException | RuntimeException | OutOfMemoryError e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      failed(Optional.empty(), false);
      log.error("Cannot send the queue tower=" + tower + " reason=" + e);
      return;
    }
    if (reason.isEmpty()) {
      succeeded();
    } else {
      failed(reason, progress);
    }
  }

  private void succeeded() {
    lock.lock();
    try {
      if (phase != Phase.FLOWING) {
        log.info("The tower accepts appointments again tower=" + tower);
      }
      phase = Phase.FLOWING;
      status = TowerStatus.REACHABLE;
      failures = 0;
    } finally {
      lock.unlock();
    }
  }

  /**
   * @param reason empty if the disk or the memory failed, which is always retried
   */
  private void failed(Optional<PendingReason> reason, boolean progress) {
    Optional<PendingReason.Kind> kind = reason.map(PendingReason::kind);
    String why = reason.map(PendingReason::message).orElse("the disk failed");
    lock.lock();
    try {
      if (kind.equals(Optional.of(PendingReason.Kind.MISBEHAVING))) {
        log.error("The tower is misbehaving; nothing is sent to it tower=" + tower + " why=" + why);
        idle(TowerStatus.MISBEHAVING);
      } else if (kind.equals(Optional.of(PendingReason.Kind.SUBSCRIPTION))) {
        log.warn("The tower refuses the subscription tower=" + tower + " why=" + why);
        idle(TowerStatus.SUBSCRIPTION_ERROR);
      } else {
        backOff(reason, progress, why);
      }
    } finally {
      lock.unlock();
    }
  }

  private void backOff(Optional<PendingReason> reason, boolean progress, String why) {
    long now = System.nanoTime();
    if (phase != Phase.RETRYING || progress) {
      failures = 0;
      failingSince = now;
    }
    failures++;
    if (reason.isPresent() && now - failingSince >= policy.maxRetryTime().toNanos()) {
      log.warn("Retries have failed for too long tower=" + tower + " why=" + why);
      idle(TowerStatus.UNREACHABLE);
      return;
    }
    if (phase != Phase.RETRYING) {
      log.warn("The tower accepts no appointments; retrying tower=" + tower + " why=" + why);
    }
    Duration delay =
        reason
            .map(pending -> pending.retryDelay(policy.backoff(), failures, random))
            .orElseGet(() -> policy.backoff().delay(failures, random));
    phase = Phase.RETRYING;
    status = TowerStatus.TEMPORARY_UNREACHABLE;
    nextAttempt = now + Math.min(delay.toNanos(), MAX_DELAY.toNanos());
  }

  private void idle(TowerStatus reason) {
    phase = Phase.IDLE;
    status = reason;
    nextAttempt =
        System.nanoTime()
            + (reason == TowerStatus.MISBEHAVING
                // Registering again ends it, not time.
                ? TimeUnit.DAYS.toNanos(36500)
                : Math.max(MIN_IDLE.toNanos(), policy.autoRetryDelay().toNanos()));
  }
}
