package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
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
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * Many breaches in one block, all of them answered: {@code BreachStorm ROOT [COUNT]}, with the
 * project's folder as {@code ROOT} and 2,000 breaches.
 */
public final class BreachStorm {

  private static final int SENDERS = 16;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private BreachStorm() {}

  public static void main(String... args) throws Exception {
    run(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 2_000);
  }

  private static void run(Path root, int count) throws Exception {
    try (DataFolder data = DataFolder.create();
        // Knots would by itself mine blocks of 300,000 bytes at most.
        Bitcoind bitcoind =
            Bitcoind.start(
                BitcoindOptions.DEFAULT.withArgs(
                    "-blockmaxsize=3900000", "-blockmaxweight=3900000"))) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, count);
      System.out.printf("%,d channels are open%n", count);
      try (TowerProgram tower = TowerProgram.start(root, bitcoind, data.path())) {
        Set<String> penalties = promise(tower, breaches);
        System.out.printf("%,d appointments are with the tower%n", count);
        List<String> disputes = breaches.stream().map(Breach::dispute).toList();
        long start = System.nanoTime();
        bitcoind.mineBlockWith(disputes);
        await(bitcoind, penalties, start);
        System.out.println("memory of the tower, with -Xmx128m: " + Memory.of(tower.pid()));
      }
    }
  }

  /** Sends an appointment for each; the answer is the txids of the penalties. */
  private static Set<String> promise(TowerProgram tower, List<Breach> breaches)
      throws Exception {
    TowerUser user =
        new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    Set<String> penalties = new HashSet<>();
    breaches.forEach(breach -> penalties.add(breach.penaltyTxid()));
    try (ExecutorService executor = Executors.newFixedThreadPool(SENDERS)) {
      for (var sent :
          breaches.stream()
              .map(breach -> executor.submit(() -> breach.promise(user)))
              .toList()) {
        sent.get();
      }
    }
    return penalties;
  }

  private static void await(Bitcoind bitcoind, Set<String> penalties, long start)
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
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new IOException("only " + mempool.size() + " penalties came");
      }
      Thread.sleep(20);
    }
  }
}
