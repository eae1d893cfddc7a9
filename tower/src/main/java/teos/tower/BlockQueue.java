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
 * The chain's events on their way to one component, which deals with them in order in a thread of
 * its own. Short: who fills it waits, so that a tower that catches up holds few blocks in memory.
 *
 * <p>An event is never given up: one that cannot be dealt with (the database does not answer, say)
 * is tried again until it can, or until the tower stops; it then comes again after the restart. So
 * do those behind it, which are passed over: none may be dealt with before one that was not.
 */
public final class BlockQueue implements ChainListener {

  private static final Logger log = LoggerFactory.getLogger(BlockQueue.class);
  private static final int CAPACITY = 2;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>(CAPACITY);
  private volatile boolean stopping;

  /** An event has been left undone. Only the component's thread knows of it. */
  private boolean passingOver;

  private sealed interface Entry {}

  private record Event(ChainEvent event) implements Entry {}

  private record Marker(Runnable reached) implements Entry {}

  @Override
  public void onChainEvent(ChainEvent event) throws InterruptedException {
    queue.put(new Event(event));
  }

  /** Has {@code reached} run in the component's thread after all that is in the queue now. */
  public void afterAll(Runnable reached) throws InterruptedException {
    queue.put(new Marker(reached));
  }

  /** Starts the thread that hands each event to {@code component}. */
  public Thread awake(String name, ChainListener component) {
    return Thread.ofVirtual().name(name).start(() -> run(component));
  }

  private void run(ChainListener component) {
    try {
      while (true) {
        switch (queue.take()) {
          case Marker marker -> marker.reached().run();
          case Event event -> {
            if (!passingOver) {
              passingOver = !deal(component, event.event());
            }
          }
        }
      }
    } catch (InterruptedException e) {
      log.debug("{} stops", Thread.currentThread().getName());
    }
  }

  private boolean deal(ChainListener component, ChainEvent event) throws InterruptedException {
    while (true) {
      try {
        component.onChainEvent(event);
        return true;
      } catch (RuntimeException e) {
        if (e instanceof StorageException storage && storage.isFatal()) {
          log.error("cannot deal with {}: {}", name(event), e.getMessage());
          return false;
        }
        if (stopping) {
          log.error("cannot deal with {}", name(event), e);
          return false;
        }
        log.error("cannot deal with {}, trying again", name(event), e);
        Thread.sleep(RETRY);
      }
    }
  }

  private static String name(ChainEvent event) {
    return switch (event) {
      case ChainEvent.BlockConnected connected -> "block " + connected.block().id();
      case ChainEvent.BlockDisconnected disconnected -> "lost block " + disconnected.block();
      case ChainEvent.MempoolSeen seen -> "the mempool's transactions";
      case ChainEvent.NodeReachable reachable -> "what waited for bitcoind";
    };
  }

  /** Has what cannot be dealt with not be tried again, so that the tower can end. */
  public void stopTrying() {
    stopping = true;
  }

  /** Lets {@code thread} finish what is in the queue, and end. */
  public void finish(Thread thread) throws InterruptedException {
    stopping = true;
    Marker end = new Marker(() -> Thread.currentThread().interrupt());
    while (thread.isAlive() && !queue.offer(end, 100, TimeUnit.MILLISECONDS)) {
      log.debug("waiting for {} to finish", thread.getName());
    }
    thread.join();
  }
}
