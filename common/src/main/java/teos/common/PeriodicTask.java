package teos.common;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Work that a dedicated daemon thread repeats, with a delay between the end of one run and the
 * start of the next, until the task is closed. A run that fails with a {@link RuntimeException} is
 * reported and does not end the task.
 */
public final class PeriodicTask implements AutoCloseable {

  private final Runnable work;
  private final Schedule schedule;
  private final Consumer<RuntimeException> onFailure;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  /**
   * When the runs take place.
   *
   * @param firstDelay before the first run
   * @param nextDelay returns the delay before the next run, given how long the last one took
   */
  public record Schedule(Duration firstDelay, UnaryOperator<Duration> nextDelay) {

    /** Returns the schedule of a task that runs after {@code interval}, and then repeatedly. */
    public static Schedule every(Duration interval) {
      return new Schedule(interval, took -> interval);
    }

    /** Returns the schedule of a task that runs at once, and then after each {@code interval}. */
    public static Schedule nowAndEvery(Duration interval) {
      return new Schedule(Duration.ZERO, took -> interval);
    }
  }

  private PeriodicTask(
      String name, Schedule schedule, Runnable work, Consumer<RuntimeException> onFailure) {
    this.schedule = schedule;
    this.work = work;
    this.onFailure = onFailure;
    this.thread = new Thread(this::repeat, name);
    thread.setDaemon(true);
  }

  /**
   * Starts a task.
   *
   * @param name of its thread
   * @param onFailure called in the task's thread with the exception of each failed run, to log it
   */
  public static PeriodicTask start(
      String name, Schedule schedule, Runnable work, Consumer<RuntimeException> onFailure) {
    PeriodicTask task = new PeriodicTask(name, schedule, work, onFailure);
    task.thread.start();
    return task;
  }

  private void repeat() {
    Duration delay = schedule.firstDelay();
    try {
      while (!stopped.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
        long start = System.nanoTime();
        try {
          work.run();
        } catch (RuntimeException e) {
          onFailure.accept(e);
        }
        delay = schedule.nextDelay().apply(Duration.ofNanos(System.nanoTime() - start));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Ends the task after the current run, if there is one. Does not wait for that. */
  public void stop() {
    stopped.countDown();
  }

  /**
   * Ends the task: interrupts the current run, if there is one, and blocks until it has ended. In
   * the task's own thread this does not block.
   */
  @Override
  public void close() {
    stop();
    thread.interrupt();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
