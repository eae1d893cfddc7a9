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

/** Sends what waits for any tower, each tower with a backoff of its own, on one virtual thread. */
final class BackgroundSender implements AutoCloseable {

  /** Where only the user can help; other clients of the same folder may register meanwhile. */
  private static final Duration USER_ACTION_INTERVAL = Duration.ofHours(1);

  /** How often the folder is looked at for what other processes have put there. */
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

  synchronized void start() {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("teos-client-sender").start(this::run);
    }
  }

  /** There is something new to send. */
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
        // The disk may be full or away. Nothing is lost by looking again later, and much by ending.
      }
      sleepUntil(next);
    }
  }

  private Instant sendWhenDue(PublicKey tower) throws IOException {
    BackoffState pause = backoffStates.getOrDefault(tower, new BackoffState(0, Instant.MIN));
    if (pause.retryAt().isAfter(Instant.now())) {
      return pause.retryAt();
    }
    if (client.towerFolder(tower).queuedNames().isEmpty()) {
      backoffStates.remove(tower);
      return Instant.MAX;
    }
    Optional<PendingReason> waiting;
    try {
      waiting = client.sendQueued(tower).pendingReason();
    } catch (NotRegisteredException e) {
      waiting = Optional.of(PendingReason.of(PendingReason.Kind.SUBSCRIPTION, e.toString()));
    }
    if (waiting.isEmpty()) {
      backoffStates.remove(tower);
      return Instant.MAX;
    }
    int failures = pause.failures() + 1;
    Duration wait =
        waiting.get().isTransient()
            ? waiting.get().retryDelay(backoff, failures, random)
            : USER_ACTION_INTERVAL;
    BackoffState longer = new BackoffState(failures, Instant.now().plus(wait));
    backoffStates.put(tower, longer);
    return longer.retryAt();
  }

  private synchronized void sleepUntil(Instant until) {
    try {
      while (!woken && !closed) {
        long millis = Duration.between(Instant.now(), until).toMillis();
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
