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
  private static final Duration HOPELESS = Duration.ofHours(1);

  /** How often the folder is looked at for what other processes have put there. */
  private static final Duration LOOK = Duration.ofSeconds(30);

  private final TowerClient client;
  private final Backoff backoff;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Map<PublicKey, Pause> pauses = new HashMap<>();
  private @Nullable Thread thread;
  private boolean awake;
  private volatile boolean closed;

  private record Pause(int failures, Instant until) {}

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
    awake = true;
    notifyAll();
  }

  private void run() {
    while (!closed) {
      Instant next = Instant.now().plus(LOOK);
      try {
        for (KnownTower tower : client.towers()) {
          Instant due = visit(tower.parties().tower());
          next = due.isBefore(next) ? due : next;
        }
      } catch (IOException | RuntimeException e) {
        // The disk may be full or away. Nothing is lost by looking again later, and much by ending.
      }
      pause(next);
    }
  }

  private Instant visit(PublicKey tower) throws IOException {
    Pause pause = pauses.getOrDefault(tower, new Pause(0, Instant.MIN));
    if (pause.until().isAfter(Instant.now())) {
      return pause.until();
    }
    if (client.files(tower).queuedNames().isEmpty()) {
      pauses.remove(tower);
      return Instant.MAX;
    }
    Optional<PendingReason> waiting;
    try {
      waiting = client.sendQueued(tower).waiting();
    } catch (NotRegisteredException e) {
      waiting = Optional.of(PendingReason.of(PendingReason.Reason.SUBSCRIPTION, e.toString()));
    }
    if (waiting.isEmpty()) {
      pauses.remove(tower);
      return Instant.MAX;
    }
    int failures = pause.failures() + 1;
    Duration wait =
        waiting.get().mayPass() ? waiting.get().wait(backoff, failures, random) : HOPELESS;
    Pause longer = new Pause(failures, Instant.now().plus(wait));
    pauses.put(tower, longer);
    return longer.until();
  }

  private synchronized void pause(Instant until) {
    try {
      while (!awake && !closed) {
        long millis = Duration.between(Instant.now(), until).toMillis();
        if (millis <= 0) {
          break;
        }
        wait(millis);
      }
      awake = false;
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
