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
import teos.benchmarks.DataFolder;
import teos.benchmarks.StoredAppointments;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.FundingUtxos;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * How a tower does with ever more appointments stored, from 1,000 on, ten times as many each time:
 * {@code BigTower IMAGE [MOST [FILE [FEWEST]]]}, with the folder that {@code mvn package} leaves as
 * {@code IMAGE}, and 10,000,000; what is measured is drawn into {@code FILE}, an SVG. For each it
 * is started anew, with nothing of its files in memory where that can be had; then come
 * appointments as fast as it takes them, blocks of 4,000 transactions with a breach each, and a
 * block at which half of all appointments, or a million, are to be deleted.
 */
public final class BigTower {

  private static final int FEWEST = 1_000;

  /** So many locators are not read within a second. */
  private static final int MANY = 10_000_000;

  private static final int DELETED_AT_MOST = 1_000_000;
  private static final int TRANSACTIONS = 4_000;
  private static final int BREACHES = 5;
  private static final int RATE = 200;

  /** Blocks for which data stays after a subscription's end, by default. */
  private static final int EXPIRY_DELTA = 6;

  /** Blocks that are mined before half of the appointments are due to be deleted, at most. */
  private static final int BLOCKS = 40;

  private static final Pattern LOOKED_UP = Pattern.compile(" disputes=1 millis=(\\d+)");
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(30);

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
    int most = args.length > 1 ? Integer.parseInt(args[1]) : 10_000_000;
    List<Integer> sizes = new ArrayList<>();
    int fewest = args.length > 3 ? Integer.parseInt(args[3]) : FEWEST;
    for (int size = fewest; size <= most; size *= 10) {
      sizes.add(size);
    }
    try (DataFolder data = DataFolder.create();
        Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      BigTower tower = new BigTower(Path.of(args[0]), data.path(), bitcoind, sizes.size());
      System.out.println(
          "| stored | file, MiB | start, s | adds/s | p99, ms | a block looked up, ms, at most |"
              + " block to penalty, ms | at most |"
              + " deleted | in s | adds meanwhile p99, ms | max | MiB |");
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
    int deleted = Math.min(size / 2, DELETED_AT_MOST);
    int end = bitcoind.height() + BLOCKS;
    int left = Files.exists(file) ? (int) StoredAppointments.count(file) : 0;
    StoredAppointments.add(file, Math.max(0, size - left - deleted), StoredAppointments.NEVER);
    StoredAppointments.add(file, deleted, end);
    dropCaches();
    long begin = System.nanoTime();
    try (TowerProgram tower =
        TowerProgram.start(
            image, bitcoind, data, "--maxappointments=100000000", "--limituserrequests=0")) {
      double start = seconds(begin);
      awaitLog("locators loaded into memory", size >= MANY);
      LoadResult adds = load(tower, OptionalInt.empty(), 6);
      long[] penalty = answers(tower);
      long lookup = slowestLookup();
      bitcoind.mine(end + EXPIRY_DELTA - 1 - bitcoind.height());
      Thread.sleep(1_000);
      FutureTask<LoadResult> beside =
          new FutureTask<>((Callable<LoadResult>) () -> load(tower, OptionalInt.of(RATE), 10));
      Thread.startVirtualThread(beside);
      Thread.sleep(8_000); // signed and warm by then
      bitcoind.mine(1);
      double deletion = awaitDeletion(deleted);
      LoadResult meanwhile = beside.get();
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
          ProcessUse.of(tower.pid()).residentMib());
    }
  }

  /** What was measured with {@code stored} appointments; times in ms, where they are not in s. */
  record Row(
      int stored,
      long file,
      double start,
      double adds,
      double p99,
      long lookup,
      long penalty,
      long penaltyAtMost,
      int deleted,
      double deletion,
      double whileDeletedP99,
      double whileDeleted,
      long resident) {

    void print() {
      System.out.printf(
          "| %,d | %,d | %.1f | %,.0f | %.1f | %d | %d | %d | %,d | %.1f | %.1f | %.1f | %,d |%n",
          stored,
          file,
          start,
          adds,
          p99,
          lookup,
          penalty,
          penaltyAtMost,
          deleted,
          deletion,
          whileDeletedP99,
          whileDeleted,
          resident);
    }
  }

  /** Has the system forget what it has read of files: only root may. */
  private static void dropCaches() throws IOException, InterruptedException {
    Path caches = Path.of("/proc/sys/vm/drop_caches");
    new ProcessBuilder("sync").start().waitFor();
    if (Files.isWritable(caches)) {
      Files.writeString(caches, "3");
    } else {
      System.err.println("not root: the start is not a cold one");
    }
  }

  /** The most, in ms, that the tower's log has for a block with a breach. */
  private long slowestLookup() throws IOException {
    return LOOKED_UP
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
    return result.tally().adds().getValueAtPercentile(percentile) / 1e6;
  }

  private static LoadResult load(TowerProgram tower, OptionalInt rate, int seconds)
      throws Exception {
    LoadPlan usual = LoadPlan.DEFAULT;
    LoadPlan plan =
        new LoadPlan(
            Dialect.V2,
            usual.connections(),
            rate,
            Duration.ofSeconds(4),
            Duration.ofSeconds(seconds),
            OptionalLong.empty(),
            usual.atMost(),
            0,
            usual.users(),
            usual.penaltyBytes());
    LoadResult result =
        new LoadRun(plan, tower.api(), OptionalLong.of(tower.pid()), System.err).run();
    if (!result.isClean()) {
      throw new IOException("the tower has not taken all: " + result.tally().errors());
    }
    return result;
  }

  /** From a block to the penalty in the mempool, ms: on average, and at most. */
  private long[] answers(TowerProgram tower) throws Exception {
    TowerUser user = new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    long sum = 0;
    long most = 0;
    for (int i = 0; i < BREACHES; i++) {
      Breach breach = breaches.removeFirst();
      breach.promise(user);
      List<String> block = coins.spend(0);
      block.add(breach.dispute());
      bitcoind.mineBlockWith(block);
      long millis = breach.awaitPenalty();
      sum += millis;
      most = Math.max(most, millis);
    }
    return new long[] {sum / BREACHES, most};
  }

  /** Seconds until all are deleted; few are, before the log has a word of it. */
  private double awaitDeletion(int count) throws IOException, InterruptedException {
    long start = System.nanoTime();
    awaitLog("expired users purged", count > FEWEST);
    return count > FEWEST ? seconds(start) : 0;
  }

  private void awaitLog(String words, boolean there) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path output = data.resolve("teosd.out");
    while (there && !Files.readString(output).contains(words)) {
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new IOException("the log never says " + words + ": " + Files.readString(output));
      }
      Thread.sleep(50);
    }
  }
}
