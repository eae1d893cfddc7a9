package teos.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import teos.common.PeriodicTask.Schedule;

@Timeout(30)
class PeriodicTaskTest {

  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofDays(1);

  private final List<RuntimeException> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger runs = new AtomicInteger();

  private PeriodicTask start(Schedule schedule, Runnable work) {
    return PeriodicTask.start("test", schedule, work, failures::add);
  }

  @Test
  void repeatsUntilClosed() throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    try (PeriodicTask task =
        start(
            Schedule.every(SHORT),
            () -> {
              runs.incrementAndGet();
              three.countDown();
            })) {
      assertThat(task).isNotNull();
      three.await();
    }
    int afterClose = runs.get();
    Thread.sleep(20);
    assertThat(runs).hasValue(afterClose);
    assertThat(failures).isEmpty();
  }

  @Test
  void everyWaitsForTheFirstRunAndNowAndEveryDoesNot() throws InterruptedException {
    CountDownLatch now = new CountDownLatch(1);
    try (PeriodicTask later = start(Schedule.every(LONG), runs::incrementAndGet);
        PeriodicTask atOnce = start(Schedule.nowAndEvery(LONG), now::countDown)) {
      assertThat(later).isNotSameAs(atOnce);
      now.await();
    }
    assertThat(runs).hasValue(0);
  }

  @Test
  void aFailedRunIsReportedAndDoesNotEndTheTask() throws InterruptedException {
    CountDownLatch succeeded = new CountDownLatch(1);
    IllegalStateException failure = new IllegalStateException("first run");
    try (PeriodicTask task =
        start(
            Schedule.nowAndEvery(SHORT),
            () -> {
              if (runs.incrementAndGet() == 1) {
                throw failure;
              }
              succeeded.countDown();
            })) {
      assertThat(task).isNotNull();
      succeeded.await();
    }
    assertThat(failures).containsExactly(failure);
  }

  @Test
  void theNextDelayDependsOnHowLongTheRunTook() throws InterruptedException {
    BlockingQueue<Duration> durations = new LinkedBlockingQueue<>();
    Schedule schedule =
        new Schedule(
            Duration.ZERO,
            took -> {
              durations.add(took);
              return LONG;
            });
    try (PeriodicTask task = start(schedule, () -> sleep(Duration.ofMillis(30)))) {
      assertThat(task).isNotNull();
      assertThat(durations.poll(10, TimeUnit.SECONDS)).isGreaterThan(Duration.ofMillis(20));
    }
  }

  @Test
  void closeInterruptsTheRunAndWaitsForItsEnd() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    PeriodicTask task =
        start(
            Schedule.nowAndEvery(SHORT),
            () -> {
              started.countDown();
              sleep(LONG);
              ended.incrementAndGet();
            });
    started.await();
    task.close();
    assertThat(ended).hasValue(1);
  }

  @Test
  void stopLetsTheRunFinish() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    AtomicReference<Boolean> interrupted = new AtomicReference<>();
    CountDownLatch ended = new CountDownLatch(1);
    PeriodicTask task =
        start(
            Schedule.nowAndEvery(SHORT),
            () -> {
              started.countDown();
              try {
                mayEnd.await();
                interrupted.set(false);
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
              runs.incrementAndGet();
              ended.countDown();
            });
    started.await();
    task.stop();
    mayEnd.countDown();
    ended.await();
    assertThat(interrupted).hasValue(false);
    task.close();
    assertThat(runs).hasValue(1);
  }

  @Test
  void closedByItsOwnRunItEnds() throws InterruptedException {
    AtomicReference<PeriodicTask> task = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    task.set(
        start(
            Schedule.nowAndEvery(SHORT),
            () -> {
              try {
                known.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              task.get().close();
              runs.incrementAndGet();
              closed.countDown();
            }));
    known.countDown();
    closed.await();
    task.get().close();
    assertThat(runs).hasValue(1);
    assertThat(failures).isEmpty();
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
