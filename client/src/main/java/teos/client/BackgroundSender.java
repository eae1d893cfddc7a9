package teos.client;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import teos.client.store.KnownTower;
import teos.protocol.PublicKey;

/** Sends the queues of all towers on one daemon thread, with a separate backoff for each tower. */
final class BackgroundSender implements AutoCloseable {

  /**
   * Retry interval while the user has to act, such as register again: another process may have done
   * it.
   */
  private static final Duration USER_ACTION_INTERVAL = Duration.ofHours(1);

  /** How often the folder is checked for appointments that other processes have queued. */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(30);

  private final TowerClient client;
  private final Backoff backoff;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Map<PublicKey, BackoffState> backoffStates = new HashMap<>();
  private @Nullable Thread thread;
  private boolean woken;
  private volatile boolean closed;

  private record BackoffState(int failures, Instant retryAt) {}

  BackgroundSender(TowerClient client, Backoff backoff) {
    this.client = client;
    this.backoff = backoff;
  }

  /** Starts the thread, unless it runs or this is closed. */
  synchronized void start() {
    if (thread == null && !closed) {
      thread = new Thread(this::run, "teos-client-sender");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Ends the current wait, because an appointment has been queued. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  private void run() {
    while (!closed) {
      Instant next = Instant.now().plus(POLL_INTERVAL);
      try {
        for (KnownTower tower : client.towers()) {
          Instant due = sendWhenDue(tower.parties().tower());
          next = due.isBefore(next) ? due : next;
        }
      } catch (IOException | RuntimeException e) {
        // The disk may be full or unavailable. The queue is on disk, so retry at the next poll.
      }
      sleepUntil(next);
    }
  }

  /** Sends the tower's queue unless it is backing off, and returns when to retry. */
  private Instant sendWhenDue(PublicKey tower) throws IOException {
    BackoffState state = backoffStates.getOrDefault(tower, new BackoffState(0, Instant.MIN));
    if (state.retryAt().isAfter(Instant.now())) {
      return state.retryAt();
    }
    if (client.towerFolder(tower).queue().size() == 0) {
      backoffStates.remove(tower);
      return Instant.MAX;
    }
    Optional<PendingReason> reason;
    try {
      reason = client.sendQueued(tower).pendingReason();
    } catch (NotRegisteredException e) {
      reason = Optional.of(PendingReason.of(PendingReason.Kind.SUBSCRIPTION, e.toString()));
    }
    if (reason.isEmpty()) {
      backoffStates.remove(tower);
      return Instant.MAX;
    }
    int failures = state.failures() + 1;
    Duration delay =
        reason.get().isTransient()
            ? reason.get().retryDelay(backoff, failures, random)
            : USER_ACTION_INTERVAL;
    BackoffState next = new BackoffState(failures, Instant.now().plus(delay));
    backoffStates.put(tower, next);
    return next.retryAt();
  }

  private synchronized void sleepUntil(Instant time) {
    try {
      while (!woken && !closed) {
        long millis = Duration.between(Instant.now(), time).toMillis();
        if (millis <= 0) {
          break;
        }
        wait(millis);
      }
      woken = false;
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /** Stops the thread and waits until it has ended. */
  @Override
  public void close() {
    @Nullable Thread running;
    synchronized (this) {
      closed = true;
      notifyAll();
      running = thread;
    }
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
