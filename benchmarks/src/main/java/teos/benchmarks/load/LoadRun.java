package teos.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends what is ready to a tower, and measures. */
final class LoadRun {

  /** After the end, for what is under way or, in the open model, late. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Where a number of requests ends it, and not the time. */
  private static final Duration NO_END = Duration.ofHours(24);

  /** Until the first request: all threads are there by then. */
  private static final Duration LEAD = Duration.ofMillis(100);

  private static final Duration REPORT = Duration.ofSeconds(5);

  private final LoadPlan plan;
  private final URI api;
  private final OptionalLong pid;
  private final PrintStream progress;

  /**
   * @param api where the tower's public API is
   * @param pid the tower's process, if it is known
   * @param progress told now and then how far it has come
   */
  LoadRun(LoadPlan plan, URI api, OptionalLong pid, PrintStream progress) {
    this.plan = plan;
    this.api = api;
    this.pid = pid;
    this.progress = progress;
  }

  /**
   * Registers users, signs, sends, and checks the receipts.
   *
   * @throws LoadException if the tower cannot be measured
   */
  LoadResult run() throws IOException, LoadException, InterruptedException {
    PreparedRequests requests = Preparation.run(plan, api, progress);
    System.gc(); // what is ready stays: better moved now than while it counts
    return send(requests);
  }

  private LoadResult send(PreparedRequests requests) throws IOException, InterruptedException {
    byte[][] receipts = new byte[requests.adds().length][];
    AtomicInteger next = new AtomicInteger();
    long begin = System.nanoTime() + LEAD.toNanos();
    Window window = window(begin);
    Schedule schedule =
        plan.rate().isPresent()
            ? new Schedule.Open(begin, plan.rate().getAsInt())
            : new Schedule.Closed(begin);
    Work work = new Work(plan, requests, receipts, next, schedule, window);
    List<Sender> senders = senders(work);
    List<Thread> threads = new ArrayList<>();
    for (Sender sender : senders) {
      threads.add(Thread.ofPlatform().name("sender-" + threads.size()).start(sender));
    }
    Schedule.await(window.start());
    Optional<ProcessUse> towerBefore = towerUse();
    ProcessUse ownBefore = ProcessUse.own();
    awaitEnd(window, threads, next);
    end(senders, threads); // what is late counts, and what it takes, too
    Optional<ProcessUse> towerAfter = towerUse();
    ProcessUse ownAfter = ProcessUse.own();

    LoadStatistics tally = new LoadStatistics();
    senders.forEach(sender -> tally.add(sender.tally()));
    boolean exhausted = plan.rate().isEmpty() && next.get() >= plan.requests();
    boolean byTime = plan.rate().isEmpty() && !exhausted;
    long last = byTime ? window.end() : Math.max(tally.lastNanos(), window.start() + 1);
    return new LoadResult(
        plan,
        tally,
        (last - window.start()) / 1e9,
        (int) Arrays.stream(receipts).filter(Objects::nonNull).count(),
        ReceiptCheck.faults(plan.dialect(), requests, receipts),
        ownAfter.secondsSince(ownBefore),
        towerAfter.map(
            after ->
                new LoadResult.TowerUse(
                    after.secondsSince(towerBefore.orElseThrow()), after.residentMib())),
        exhausted && plan.count().isEmpty());
  }

  private List<Sender> senders(Work work) throws IOException {
    if (plan.rate().isEmpty()) {
      return List.of(new ClosedLoopSender(work, api, plan.connections()));
    }
    List<Sender> senders = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      senders.add(new OpenLoopSender(work, new TowerConnection(api)));
    }
    return senders;
  }

  private Window window(long begin) {
    long start = begin + plan.warmUp().toNanos();
    Duration duration = plan.count().isPresent() ? NO_END : plan.duration();
    return new Window(start, start + duration.toNanos(), plan.rate().isPresent());
  }

  private void awaitEnd(Window window, List<Thread> threads, AtomicInteger next)
      throws InterruptedException {
    for (Thread thread : threads) {
      long left = window.end() - System.nanoTime();
      while (left > 0 && !thread.join(Duration.ofNanos(Math.min(left, REPORT.toNanos())))) {
        progress.printf("... sent: %,d%n", Math.min(next.get(), plan.requests()));
        left = window.end() - System.nanoTime();
      }
    }
  }

  /** A tower that does not answer keeps nobody longer than {@link #GRACE}. */
  private static void end(List<Sender> senders, List<Thread> threads) throws InterruptedException {
    long limit = System.nanoTime() + GRACE.toNanos();
    for (Thread thread : threads) {
      thread.join(Duration.ofNanos(Math.max(1, limit - System.nanoTime())));
    }
    senders.forEach(Sender::close);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private Optional<ProcessUse> towerUse() throws IOException {
    return pid.isPresent() ? Optional.of(ProcessUse.of(pid.getAsLong())) : Optional.empty();
  }
}
