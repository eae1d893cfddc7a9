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

/** Runs a load plan against a tower and measures it. */
final class LoadRun {

  /** Time after the end for requests in flight and, in the open loop, for late ones. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Stands for no time limit: the run ends after a number of requests. */
  private static final Duration UNLIMITED = Duration.ofHours(24);

  /** Delay before the first request, so that all threads have started. */
  private static final Duration START_DELAY = Duration.ofMillis(100);

  private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

  private final LoadPlan plan;
  private final URI api;
  private final OptionalLong pid;
  private final PrintStream progress;

  /**
   * @param api where the tower's public API is
   * @param pid the tower's process id, if known
   * @param progress receives progress lines
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
    System.gc(); // promotes the prepared requests now instead of during the measurement
    return send(requests);
  }

  private LoadResult send(PreparedRequests requests) throws IOException, InterruptedException {
    byte[][] receipts = new byte[requests.adds().length][];
    AtomicInteger next = new AtomicInteger();
    long begin = System.nanoTime() + START_DELAY.toNanos();
    Window window = window(begin);
    Schedule schedule =
        plan.rate().isPresent()
            ? new Schedule.Open(begin, plan.rate().getAsInt())
            : new Schedule.Closed(begin);
    Workload work = new Workload(plan, requests, receipts, next, schedule, window);
    List<Sender> senders = senders(work);
    List<Thread> threads = new ArrayList<>();
    for (Sender sender : senders) {
      threads.add(Thread.ofPlatform().name("sender-" + threads.size()).start(sender));
    }
    Schedule.await(window.start());
    Optional<ProcessUsage> towerBefore = towerUsage();
    ProcessUsage ownBefore = ProcessUsage.ofThisProcess();
    awaitEnd(window, threads, next);
    stop(senders, threads); // late requests count, and so does the CPU time they take
    Optional<ProcessUsage> towerAfter = towerUsage();
    ProcessUsage ownAfter = ProcessUsage.ofThisProcess();

    LoadStatistics statistics = new LoadStatistics();
    senders.forEach(sender -> statistics.merge(sender.statistics()));
    boolean exhausted = plan.rate().isEmpty() && next.get() >= plan.requests();
    boolean byTime = plan.rate().isEmpty() && !exhausted;
    long last = byTime ? window.end() : Math.max(statistics.lastSuccessNanos(), window.start() + 1);
    return new LoadResult(
        plan,
        statistics,
        (last - window.start()) / 1e9,
        (int) Arrays.stream(receipts).filter(Objects::nonNull).count(),
        ReceiptCheck.faults(plan.dialect(), requests, receipts),
        ownAfter.cpuSecondsSince(ownBefore),
        towerAfter.map(
            after ->
                new LoadResult.TowerUsage(
                    after.cpuSecondsSince(towerBefore.orElseThrow()), after.residentMib())),
        exhausted && plan.count().isEmpty());
  }

  private List<Sender> senders(Workload work) throws IOException {
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
    Duration duration = plan.count().isPresent() ? UNLIMITED : plan.duration();
    return new Window(start, start + duration.toNanos(), plan.rate().isPresent());
  }

  private void awaitEnd(Window window, List<Thread> threads, AtomicInteger next)
      throws InterruptedException {
    for (Thread thread : threads) {
      long left = window.end() - System.nanoTime();
      while (left > 0
          && !thread.join(Duration.ofNanos(Math.min(left, PROGRESS_INTERVAL.toNanos())))) {
        progress.printf("... sent: %,d%n", Math.min(next.get(), plan.requests()));
        left = window.end() - System.nanoTime();
      }
    }
  }

  /** Stops the senders. A tower that does not respond delays that by {@link #GRACE} at most. */
  private static void stop(List<Sender> senders, List<Thread> threads) throws InterruptedException {
    long limit = System.nanoTime() + GRACE.toNanos();
    for (Thread thread : threads) {
      thread.join(Duration.ofNanos(Math.max(1, limit - System.nanoTime())));
    }
    senders.forEach(Sender::close);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private Optional<ProcessUsage> towerUsage() throws IOException {
    return pid.isPresent() ? Optional.of(ProcessUsage.of(pid.getAsLong())) : Optional.empty();
  }
}
