package teos.teosd.cluster;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.store.AppointmentsDBM;

/**
 * Keeps up with what other processes do to the same PostgreSQL database, in threads of its own;
 * with SQLite's file there are none.
 */
public final class SharedDatabasePoller implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SharedDatabasePoller.class);
  private static final Duration BETWEEN_COUNTS = Duration.ofSeconds(10);

  /** Of the time, counting takes no more than one part in so many. */
  private static final int COUNTING = 20;

  private final Thread following;
  private final Thread counting;

  private SharedDatabasePoller(Thread following, Thread counting) {
    this.following = following;
    this.counting = counting;
  }

  /**
   * @param news looks for what others have done
   * @param interval between two looks
   */
  public static SharedDatabasePoller follow(
      Database database, AppointmentsDBM appointments, Runnable news, Duration interval) {
    boolean shared = database.isShared();
    return new SharedDatabasePoller(
        start("neighbours", shared ? () -> repeat(news, interval) : () -> {}),
        start("recount", shared ? () -> count(appointments) : () -> {}));
  }

  private interface Loop {
    void run() throws InterruptedException;
  }

  private static Thread start(String name, Loop loop) {
    return Thread.ofVirtual()
        .name(name)
        .start(
            () -> {
              try {
                loop.run();
              } catch (InterruptedException e) {
                log.debug("{} ends", name);
              }
            });
  }

  private static void repeat(Runnable news, Duration interval) throws InterruptedException {
    boolean well = true;
    while (true) {
      try {
        news.run();
        well = true;
      } catch (StorageException e) {
        if (well) {
          log.warn("what other processes do cannot be seen now: {}", e.getMessage());
        }
        well = false;
      } catch (RuntimeException e) {
        // A bug in what it calls must not end the one thread that hears of others.
        log.error("what other processes do cannot be seen, trying again", e);
      }
      Thread.sleep(interval);
    }
  }

  private static void count(AppointmentsDBM appointments) throws InterruptedException {
    while (true) {
      long begun = System.nanoTime();
      try {
        appointments.recount();
      } catch (StorageException e) {
        log.debug("the appointments cannot be counted now", e);
      } catch (RuntimeException e) {
        log.error("the appointments cannot be counted, trying again", e);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      Duration pause = took.multipliedBy(COUNTING);
      Thread.sleep(pause.compareTo(BETWEEN_COUNTS) > 0 ? pause : BETWEEN_COUNTS);
    }
  }

  @Override
  public void close() {
    following.interrupt();
    counting.interrupt();
    try {
      following.join();
      counting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
