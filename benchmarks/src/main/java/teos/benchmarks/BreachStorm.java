package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * Measures how fast the tower responds to many breaches in one block, with single penalties and
 * with fee ladders, and how long one user's penalty takes while many other users' penalties are
 * stored that bitcoind refuses: {@code BreachStorm ROOT [COUNT [REFUSED]]}. {@code ROOT} is the
 * project's folder; the defaults are 2,000 breaches and 100,000 refused penalties.
 */
public final class BreachStorm {

  private static final int SENDERS = 16;
  private static final long TIMEOUT_NANOS = TimeUnit.MINUTES.toNanos(2);

  /** Breaches of the single user, one per block; fewer in a short run. */
  private static final int SINGLE_BREACHES = 20;

  private static final long BETWEEN_BREACHES_MILLIS = 1_000;

  /** Penalties of a fee ladder. */
  private static final int RUNGS = 10;

  /**
   * By default, Knots mines blocks of at most 300,000 bytes, and on regtest bitcoind checks the
   * whole mempool for each transaction.
   */
  private static final BitcoindOptions OPTIONS =
      BitcoindOptions.DEFAULT.withArgs(
          "-blockmaxsize=3900000", "-blockmaxweight=3900000", "-checkmempool=0");

  private BreachStorm() {}

  public static void main(String... args) throws Exception {
    Path root = Path.of(args[0]);
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 2_000;
    int refused = args.length > 2 ? Integer.parseInt(args[2]) : 100_000;
    storm(root, count, 1);
    storm(root, count, RUNGS);
    singlesAndLadders(root, Math.min(SINGLE_BREACHES, Math.max(3, count / 20)));
    int single = Math.min(SINGLE_BREACHES, Math.max(3, count / 20));
    oneByOne(root, single, 0);
    oneByOne(root, single, refused);
  }

  /** Measures one user's breaches one after the other. */
  private static void oneByOne(Path root, int count, int refused) throws Exception {
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start(OPTIONS)) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, count);
      if (refused > 0) {
        Path file =
            Files.createDirectories(data.path().resolve("regtest")).resolve("teos_db.sqlite");
        RefusedTrackers.add(file, bitcoind, refused);
      }
      try (TowerProgram tower = TowerProgram.start(root, bitcoind, data.path())) {
        sendAppointments(tower, breaches, 1);
        List<Long> millis = new ArrayList<>();
        for (Breach breach : breaches) {
          millis.add(breach.mineAndAwaitPenalty());
          Thread.sleep(BETWEEN_BREACHES_MILLIS);
        }
        millis.sort(null);
        System.out.printf(
            "%,d refused penalties of strangers: a user's penalty is in the mempool after %d"
                + " ms (median of %d), %d ms at most%n",
            refused, millis.get(millis.size() / 2), millis.size(), millis.getLast());
        System.out.println("memory of the tower, with -Xmx128m: " + Memory.of(tower.pid()));
      }
    }
  }

  /**
   * Measures breaches with a single penalty and with a fee ladder in turns, one after the other.
   */
  private static void singlesAndLadders(Path root, int count) throws Exception {
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start(OPTIONS)) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, 2 * count);
      try (TowerProgram tower = TowerProgram.start(root, bitcoind, data.path())) {
        sendAppointments(tower, breaches.subList(0, count), 1);
        sendAppointments(tower, breaches.subList(count, 2 * count), RUNGS);
        List<Long> singles = new ArrayList<>();
        List<Long> ladders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          singles.add(breaches.get(i).mineAndAwaitPenalty());
          Thread.sleep(BETWEEN_BREACHES_MILLIS);
          ladders.add(breaches.get(count + i).mineAndAwaitPenalty());
          Thread.sleep(BETWEEN_BREACHES_MILLIS);
        }
        System.out.printf(
            "a breach: the penalty is in the mempool after %d ms, the first one of a ladder of %d"
                + " after %d ms (medians of %d)%n",
            median(singles), RUNGS, median(ladders), count);
      }
    }
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void storm(Path root, int count, int rungs) throws Exception {
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start(OPTIONS)) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, count);
      System.out.printf("%,d channels are open%n", count);
      try (TowerProgram tower = TowerProgram.start(root, bitcoind, data.path())) {
        Set<String> penalties = sendAppointments(tower, breaches, rungs);
        System.out.printf("%,d appointments with %,d penalties each are stored%n", count, rungs);
        List<String> disputes = breaches.stream().map(Breach::dispute).toList();
        long start = System.nanoTime();
        bitcoind.mineBlockWith(disputes);
        awaitPenalties(bitcoind, penalties, start);
        System.out.println("memory of the tower, with -Xmx128m: " + Memory.of(tower.pid()));
      }
    }
  }

  /**
   * Sends an appointment for each breach and returns the txids of the penalties that are broadcast
   * first.
   */
  private static Set<String> sendAppointments(TowerProgram tower, List<Breach> breaches, int rungs)
      throws Exception {
    TowerUser user = new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    Set<String> penalties = new HashSet<>();
    breaches.forEach(breach -> penalties.add(breach.penaltyTxid()));
    try (ExecutorService executor = Executors.newFixedThreadPool(SENDERS)) {
      for (var sent :
          breaches.stream()
              .map(
                  breach ->
                      executor.submit(
                          () ->
                              rungs == 1
                                  ? breach.sendAppointment(user)
                                  : breach.sendLadder(user, rungs)))
              .toList()) {
        sent.get();
      }
    }
    return penalties;
  }

  private static void awaitPenalties(Bitcoind bitcoind, Set<String> penalties, long start)
      throws IOException, InterruptedException {
    long first = 0;
    while (true) {
      Set<String> mempool = bitcoind.mempool();
      mempool.retainAll(penalties);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      if (first == 0 && !mempool.isEmpty()) {
        first = millis;
      }
      if (mempool.size() == penalties.size()) {
        System.out.printf(
            "%,d breaches in one block: the first penalty seen after %d ms, all after %,d ms%n",
            penalties.size(), first, millis);
        return;
      }
      if (System.nanoTime() - start > TIMEOUT_NANOS) {
        throw new IOException(
            "only " + mempool.size() + " of " + penalties.size() + " penalties are in the mempool");
      }
      Thread.sleep(20);
    }
  }
}
