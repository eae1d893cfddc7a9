package teos.teosd.cluster;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.store.AppointmentsDBM;

/**
 * Polls a shared PostgreSQL database for changes by other processes, in dedicated threads. Does
 * nothing with an SQLite file.
 */
public final class SharedDatabasePoller implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SharedDatabasePoller.class);
  private static final Duration RECOUNT_INTERVAL = Duration.ofSeconds(10);

  /** Counting may use at most 1/20 of the time. */
  private static final int RECOUNT_PAUSE_FACTOR = 20;

  private final List<PeriodicTask> tasks;

  private SharedDatabasePoller(List<PeriodicTask> tasks) {
    this.tasks = tasks;
  }

  /**
   * Starts polling.
   *
   * @param poll reads what other processes have changed, and applies it
   * @param interval between two polls
   */
  public static SharedDatabasePoller follow(
      Database database, AppointmentsDBM appointments, Runnable poll, Duration interval) {
    if (!database.isShared()) {
      return new SharedDatabasePoller(List.of());
    }
    return new SharedDatabasePoller(List.of(pollEvery(interval, poll), recount(appointments)));
  }

  private static PeriodicTask pollEvery(Duration interval, Runnable poll) {
    return PeriodicTask.start(
        "shared-database",
        Schedule.nowAndEvery(interval),
        new Runnable() {
          private boolean failing;

          @Override
          public void run() {
            try {
              poll.run();
              failing = false;
            } catch (StorageException e) {
              if (!failing) {
                log.atWarn()
                    .addKeyValue("reason", e.getMessage())
                    .log("cannot read the changes of other processes; retrying");
              }
              failing = true;
            }
          }
        },
        e -> log.error("cannot apply the changes of other processes; retrying", e));
  }

  private static PeriodicTask recount(AppointmentsDBM appointments) {
    return PeriodicTask.start(
        "recount",
        new Schedule(Duration.ZERO, SharedDatabasePoller::recountDelay),
        () -> {
          try {
            appointments.recount();
          } catch (StorageException e) {
            log.debug("cannot count the appointments; retrying", e);
          }
        },
        e -> log.error("cannot count the appointments; retrying", e));
  }

  private static Duration recountDelay(Duration took) {
    Duration pause = took.multipliedBy(RECOUNT_PAUSE_FACTOR);
    return pause.compareTo(RECOUNT_INTERVAL) > 0 ? pause : RECOUNT_INTERVAL;
  }

  @Override
  public void close() {
    tasks.forEach(PeriodicTask::stop);
    tasks.forEach(PeriodicTask::close);
  }
}
