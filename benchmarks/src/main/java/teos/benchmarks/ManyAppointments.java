package teos.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * Measures the time from a breach to its penalty, and the tower's memory, with many appointments
 * stored. Runs a real bitcoind and the real program; the appointments are sent over HTTP.
 *
 * <p>{@code ManyAppointments ROOT [COUNT [CONNECTIONS]]}, with the project's folder as {@code
 * ROOT}; the defaults are 100,000 appointments and 32 connections.
 */
public final class ManyAppointments {

  private static final int SLOTS = 10_000;
  private static final int PENALTY_BYTES = 330;
  private static final int BREACHES = 10;

  private ManyAppointments() {}

  public static void main(String... args) throws Exception {
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int connections = args.length > 2 ? Integer.parseInt(args[2]) : 32;
    run(Path.of(args[0]), count, connections);
  }

  static void run(Path root, int count, int connections) throws Exception {
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      try (TowerProgram tower =
          TowerProgram.start(root, bitcoind, data.path(), "--limituserrequests=0")) {
        measure(bitcoind, tower, count, connections);
      }
    }
  }

  private static void measure(Bitcoind bitcoind, TowerProgram tower, int count, int connections)
      throws Exception {
    List<Breach> breaches = Breach.prepare(bitcoind, BREACHES);
    List<TowerUser> users = users(tower.api(), Math.ceilDiv(count, SLOTS) + 1);
    long start = System.nanoTime();
    fill(users, count, connections);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%,d appointments over %d connections: %,.0f/s (the sender signs on the same machine)%n",
        count, connections, count / seconds);

    TowerUser victim = users.getLast();
    for (Breach breach : breaches) {
      breach.sendAppointment(victim);
    }
    long max = 0;
    long sum = 0;
    for (Breach breach : breaches) {
      long millis = breach.mineAndAwaitPenalty();
      max = Math.max(max, millis);
      sum += millis;
    }
    System.out.printf(
        "from the block to the penalty in the mempool, %d breaches: %d ms on average, %d at most%n",
        BREACHES, sum / BREACHES, max);
    System.out.println("memory of the tower, with -Xmx128m: " + Memory.of(tower.pid()));
  }

  private static List<TowerUser> users(URI api, int count) throws Exception {
    List<TowerUser> users = new ArrayList<>();
    while (users.size() < count) {
      TowerUser user = new TowerUser(api, Dialect.V2, SecretKey.generate(new SecureRandom()));
      user.register();
      users.add(user);
    }
    return users;
  }

  private static void fill(List<TowerUser> users, int count, int connections) throws Exception {
    AtomicInteger next = new AtomicInteger();
    byte[] blob = new byte[PENALTY_BYTES + 16];
    try (ExecutorService executor = Executors.newFixedThreadPool(connections)) {
      List<Future<?>> senders = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        senders.add(
            executor.submit(
                () -> {
                  SecureRandom random = new SecureRandom();
                  byte[] locator = new byte[Locator.LENGTH];
                  for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                    random.nextBytes(locator);
                    Appointment appointment = new Appointment(new Locator(locator), blob, 144);
                    TowerUser.Reply reply = users.get(n / SLOTS).send(appointment);
                    if (reply.status() != 200) {
                      throw new IOException("appointment not accepted: " + reply);
                    }
                    if (n > 0 && n % 10_000 == 0) {
                      System.out.printf("... %,d appointments%n", n);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> sender : senders) {
        sender.get();
      }
    }
  }
}
