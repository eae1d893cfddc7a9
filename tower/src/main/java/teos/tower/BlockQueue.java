package teos.tower;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.ChainEvent;
import teos.bitcoin.ChainListener;
import teos.tower.database.StorageException;

/**
 * Queue of chain events for one component, which processes them in order in its own thread. It is
 * short and blocks the producer when full, so that a tower that is catching up keeps few blocks in
 * memory.
 *
 * <p>No event is lost: an event that fails, for example because the database is unavailable, is
 * retried until it succeeds or the tower stops. In that case the later events are skipped too,
 * since order matters, and all of them are processed after the restart.
 */
public final class BlockQueue implements ChainListener {

  private static final Logger log = LoggerFactory.getLogger(BlockQueue.class);
  private static final int CAPACITY = 2;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final BlockingQueue<QueueEntry> queue = new LinkedBlockingQueue<>(CAPACITY);
  private volatile boolean stopping;

  /** Whether an event has failed permanently. Used by the component's thread only. */
  private boolean skipping;

  private sealed interface QueueEntry {}

  private record Event(ChainEvent event) implements QueueEntry {}

  private record Marker(Runnable reached) implements QueueEntry {}

  @Override
  public void onChainEvent(ChainEvent event) throws InterruptedException {
    queue.put(new Event(event));
  }

  /**
   * Runs {@code reached} in the component's thread after all events that are currently in the
   * queue.
   */
  public void afterAll(Runnable reached) throws InterruptedException {
    queue.put(new Marker(reached));
  }

  /** Starts the thread that passes each event to {@code component}. */
  public Thread start(String name, ChainListener component) {
    return Thread.ofVirtual().name(name).start(() -> run(component));
  }

  private void run(ChainListener component) {
    try {
      while (true) {
        switch (queue.take()) {
          case Marker marker -> marker.reached().run();
          case Event event -> {
            if (!skipping) {
              skipping = !processWithRetry(component, event.event());
            }
          }
        }
      }
    } catch (InterruptedException e) {
      log.atDebug().addKeyValue("thread", Thread.currentThread().getName()).log("queue stopped");
    }
  }

  private boolean processWithRetry(ChainListener component, ChainEvent event)
      throws InterruptedException {
    while (true) {
      try {
        component.onChainEvent(event);
        return true;
      } catch (RuntimeException e) {
        if (e instanceof StorageException storage && storage.isFatal()) {
          log.atError()
              .addKeyValue("event", name(event))
              .addKeyValue("reason", e.getMessage())
              .log("cannot process chain event");
          return false;
        }
        log.atError()
            .addKeyValue("event", name(event))
            .setCause(e)
            .log(stopping ? "cannot process chain event" : "cannot process chain event; retrying");
        if (stopping) {
          return false;
        }
        Thread.sleep(RETRY);
      }
    }
  }

  private static String name(ChainEvent event) {
    return switch (event) {
      case ChainEvent.BlockConnected connected -> "block " + connected.block().id();
      case ChainEvent.BlockDisconnected disconnected ->
          "disconnected block " + disconnected.block();
      case ChainEvent.MempoolSeen seen -> "mempool";
      case ChainEvent.NodeReachable reachable -> "bitcoind reachable";
    };
  }

  /** Stops retrying failed events so that the tower can shut down. */
  public void stopRetrying() {
    stopping = true;
  }

  /** Blocks until {@code thread} has processed the events in the queue and has ended. */
  public void finish(Thread thread) throws InterruptedException {
    stopping = true;
    Marker end = new Marker(() -> Thread.currentThread().interrupt());
    while (thread.isAlive() && !queue.offer(end, 100, TimeUnit.MILLISECONDS)) {
      log.atDebug().addKeyValue("thread", thread.getName()).log("waiting for queue to finish");
    }
    thread.join();
  }
}
