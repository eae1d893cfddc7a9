package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import teos.benchmarks.Breach;
import teos.benchmarks.StoredAppointments;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.FundingUtxos;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * Measures towers of growing size, from 1,000 stored appointments in steps of ten: {@code BigTower
 * IMAGE [MAX [FILE [MIN]]]}. {@code IMAGE} is the folder that {@code mvn package} builds, {@code
 * MAX} is 10,000,000 by default, and the results are drawn into {@code FILE}, an SVG. For each
 * size, the tower is restarted with a cold page cache (if the system permits that); then it gets
 * appointments as fast as it accepts them, blocks of 4,000 transactions with one breach each, and a
 * block at which half of all appointments (at most a million) expire.
 */
public final class BigTower {

  private static final int MIN_SIZE = 1_000;

  /** Size from which on the benchmark waits until the locators are loaded. */
  private static final int SLOW_LOADING_SIZE = 10_000_000;

  private static final int MAX_DELETED = 1_000_000;
  private static final int TRANSACTIONS = 4_000;
  private static final int BREACHES = 5;
  private static final int RATE = 200;

  /** Default grace period after a subscription's end, in blocks. */
  private static final int EXPIRY_DELTA = 6;

  /** Upper bound of the blocks mined before half of the appointments expire. */
  private static final int MAX_BLOCKS_BEFORE_EXPIRY = 40;

  private static final Pattern LOOKUP_LINE = Pattern.compile(" disputes=1 millis=(\\d+)");
  private static final long TIMEOUT_NANOS = TimeUnit.MINUTES.toNanos(30);

  private final Path image;
  private final Path data;
  private final Path file;
  private final Bitcoind bitcoind;
  private final FundingUtxos coins;
  private final Deque<Breach> breaches;

  private BigTower(Path image, Path data, Bitcoind bitcoind, int sizes) throws Exception {
    this.image = image;
    this.data = data;
    this.file = Files.createDirectories(data.resolve("regtest")).resolve("teos_db.sqlite");
    this.bitcoind = bitcoind;
    this.coins = new FundingUtxos(bitcoind, TRANSACTIONS, 0);
    this.breaches = new ArrayDeque<>(Breach.prepare(bitcoind, BREACHES * sizes));
  }

  public static void main(String... args) throws Exception {
    int max = args.length > 1 ? Integer.parseInt(args[1]) : 10_000_000;
    List<Integer> sizes = new ArrayList<>();
    int min = args.length > 3 ? Integer.parseInt(args[3]) : MIN_SIZE;
    for (int size = min; size <= max; size *= 10) {
      sizes.add(size);
    }
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      BigTower tower = new BigTower(Path.of(args[0]), data.path(), bitcoind, sizes.size());
      System.out.println(
          "| stored | file, MiB | start, s | adds/s | p99, ms | block lookup, ms, max |"
              + " block to penalty, ms | max |"
              + " deleted | in s | adds during deletion, p99, ms | max | MiB |");
      System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
      List<Row> rows = new ArrayList<>();
      for (int size : sizes) {
        rows.add(tower.measure(size));
        rows.getLast().print();
      }
      if (args.length > 2) {
        Curves.write(Path.of(args[2]), rows);
      }
    }
  }

  private Row measure(int size) throws Exception {
    int deleted = Math.min(size / 2, MAX_DELETED);
    int end = bitcoind.height() + MAX_BLOCKS_BEFORE_EXPIRY;
    int left = Files.exists(file) ? (int) StoredAppointments.count(file) : 0;
    StoredAppointments.add(file, Math.max(0, size - left - deleted), StoredAppointments.NEVER);
    StoredAppointments.add(file, deleted, end);
    dropCaches();
    long begin = System.nanoTime();
    try (TowerProgram tower =
        TowerProgram.start(
            image, bitcoind, data, "--maxappointments=100000000", "--limituserrequests=0")) {
      double start = seconds(begin);
      awaitLog("locators loaded into memory", size >= SLOW_LOADING_SIZE);
      LoadResult adds = load(tower, OptionalInt.empty(), 6);
      long[] penalty = measurePenalties(tower);
      long lookup = slowestLookup();
      bitcoind.mine(end + EXPIRY_DELTA - 1 - bitcoind.height());
      Thread.sleep(1_000);
      FutureTask<LoadResult> duringDeletion =
          new FutureTask<>((Callable<LoadResult>) () -> load(tower, OptionalInt.of(RATE), 10));
      Thread.startVirtualThread(duringDeletion);
      Thread.sleep(8_000); // long enough to sign the requests and warm up
      bitcoind.mine(1);
      double deletion = awaitDeletion(deleted);
      LoadResult meanwhile = duringDeletion.get();
      return new Row(
          size,
          Files.size(file) >> 20,
          start,
          adds.perSecond(),
          millis(adds, 99),
          lookup,
          penalty[0],
          penalty[1],
          deleted,
          deletion,
          millis(meanwhile, 99),
          millis(meanwhile, 100),
          ProcessUsage.of(tower.pid()).residentMib());
    }
  }

  /**
   * Measurements with {@code stored} appointments. Times are in ms unless the name says seconds.
   */
  record Row(
      int stored,
      long fileMib,
      double startSeconds,
      double addsPerSecond,
      double addP99,
      long maxLookup,
      long meanPenalty,
      long maxPenalty,
      int deleted,
      double deletionSeconds,
      double addP99DuringDeletion,
      double maxAddDuringDeletion,
      long residentMib) {

    void print() {
      System.out.printf(
          "| %,d | %,d | %.1f | %,.0f | %.1f | %d | %d | %d | %,d | %.1f | %.1f | %.1f | %,d |%n",
          stored,
          fileMib,
          startSeconds,
          addsPerSecond,
          addP99,
          maxLookup,
          meanPenalty,
          maxPenalty,
          deleted,
          deletionSeconds,
          addP99DuringDeletion,
          maxAddDuringDeletion,
          residentMib);
    }
  }

  /** Drops the system's page cache. Only root may do that. */
  private static void dropCaches() throws IOException, InterruptedException {
    Path caches = Path.of("/proc/sys/vm/drop_caches");
    new ProcessBuilder("sync").start().waitFor();
    if (Files.isWritable(caches)) {
      Files.writeString(caches, "3");
    } else {
      System.err.println("not root, so the page cache is kept and the start is not cold");
    }
  }

  /** Returns the longest lookup of a block with a breach, in ms, according to the tower's log. */
  private long slowestLookup() throws IOException {
    return LOOKUP_LINE
        .matcher(Files.readString(data.resolve("teosd.out")))
        .results()
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .max()
        .orElseThrow();
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static double millis(LoadResult result, double percentile) {
    return result.statistics().adds().getValueAtPercentile(percentile) / 1e6;
  }

  private static LoadResult load(TowerProgram tower, OptionalInt rate, int seconds)
      throws Exception {
    LoadPlan defaults = LoadPlan.DEFAULT;
    LoadPlan plan =
        new LoadPlan(
            Dialect.V2,
            defaults.connections(),
            rate,
            Duration.ofSeconds(4),
            Duration.ofSeconds(seconds),
            OptionalLong.empty(),
            defaults.preparedPerSecond(),
            0,
            defaults.users(),
            defaults.penaltyBytes());
    LoadResult result =
        new LoadRun(plan, tower.api(), OptionalLong.of(tower.pid()), System.err).run();
    if (!result.isClean()) {
      throw new IOException(
          "the tower did not accept all requests: " + result.statistics().errors());
    }
    return result;
  }

  /** Returns the time from a block to its penalty in the mempool, in ms: average and maximum. */
  private long[] measurePenalties(TowerProgram tower) throws Exception {
    TowerUser user = new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    long sum = 0;
    long max = 0;
    for (int i = 0; i < BREACHES; i++) {
      Breach breach = breaches.removeFirst();
      breach.sendAppointment(user);
      List<String> block = coins.spend(0);
      block.add(breach.dispute());
      bitcoind.mineBlockWith(block);
      long millis = breach.awaitPenalty();
      sum += millis;
      max = Math.max(max, millis);
    }
    return new long[] {sum / BREACHES, max};
  }

  /**
   * Returns the seconds until the tower has purged the expired users. Returns 0 for a small purge,
   * which ends before the log can show it.
   */
  private double awaitDeletion(int count) throws IOException, InterruptedException {
    long start = System.nanoTime();
    awaitLog("expired users purged", count > MIN_SIZE);
    return count > MIN_SIZE ? seconds(start) : 0;
  }

  private void awaitLog(String text, boolean expected) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path output = data.resolve("teosd.out");
    while (expected && !Files.readString(output).contains(text)) {
      if (System.nanoTime() - start > TIMEOUT_NANOS) {
        throw new IOException(
            "the tower did not log '" + text + "' in time: " + Files.readString(output));
      }
      Thread.sleep(50);
    }
  }
}
