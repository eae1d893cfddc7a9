package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.PostgresServer;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;
import teos.tower.database.Database;
import teos.tower.database.PostgresAddress;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;

/**
 * Measures the takeover between two towers on one PostgreSQL database with many appointments:
 * {@code Takeover ROOT [COUNT [KILLS]]}. {@code ROOT} is the project's folder; the defaults are
 * 1,000,000 appointments and 5 kills. The leader is killed (-9) and a block with a breach is mined
 * immediately; the time is from the kill until the penalty of the other tower is in the mempool.
 */
public final class Takeover {

  private static final String DATABASE = "takeover";
  private static final int USERS = 100;
  private static final int BATCH_SIZE = 250_000;
  private static final int START = 120;
  private static final long TIMEOUT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final Path root;
  private final Bitcoind bitcoind;
  private final PostgresServer server;
  private final String url;
  private final Deque<Breach> breaches;

  private Takeover(Path root, Bitcoind bitcoind, PostgresServer server, int kills)
      throws Exception {
    this.root = root;
    this.bitcoind = bitcoind;
    this.server = server;
    this.url = server.url(DATABASE);
    this.breaches = new ArrayDeque<>(Breach.prepare(bitcoind, kills));
  }

  public static void main(String... args) throws Exception {
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
    int kills = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start();
        PostgresServer server = PostgresServer.start()) {
      bitcoind.mine(START);
      Takeover takeover = new Takeover(Path.of(args[0]), bitcoind, server, kills);
      takeover.fill(count);
      takeover.run(data.path(), kills);
    }
  }

  private void fill(int count) throws Exception {
    UsersDBM users = new UsersDBM();
    try (Database database = Database.open(new PostgresAddress(url, "", ""))) {
      database.execute(
          handle -> {
            for (int i = 0; i < USERS; i++) {
              users.store(
                  handle,
                  new UserRecord(
                      SecretKey.generate(new SecureRandom()).publicKey(),
                      Dialect.V2,
                      0,
                      START,
                      StoredAppointments.NEVER));
            }
          });
    }
    for (int from = 0; from < count; from += BATCH_SIZE) {
      int to = Math.min(count, from + BATCH_SIZE);
      server.query(
          DATABASE,
          """
          INSERT INTO appointments
            (locator, user_id, encrypted_blob, to_self_delay, user_signature, start_block)
          SELECT decode(md5(i::text), 'hex'), u.user_id,
            decode(substr(repeat(md5((-i)::text), 22), 1, 692), 'hex'), 144, repeat('y', 104), %d
          FROM generate_series(%d, %d) i
          JOIN (SELECT user_id, row_number() OVER () - 1 AS number FROM users) u
            ON u.number = i %% %d
          """
              .formatted(START, from, to - 1, USERS));
      System.out.printf("... %,d of %,d appointments stored%n", to, count);
    }
    server.query(DATABASE, "ANALYZE");
    server.query(DATABASE, "CHECKPOINT");
  }

  private void run(Path data, int kills) throws Exception {
    Path[] folders = {data.resolve("a"), data.resolve("b")};
    for (Path folder : folders) {
      Files.createDirectories(folder.resolve("regtest"));
    }
    String[] flags = {"--databaseurl=" + url, "--maxappointments=100000000"};
    TowerProgram leader = TowerProgram.start(root, bitcoind, folders[0], flags);
    Path key = Path.of("regtest", "teos_sk.der");
    Files.copy(folders[0].resolve(key), folders[1].resolve(key));
    TowerUser user =
        new TowerUser(leader.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    for (Breach breach : breaches) {
      breach.sendAppointment(user);
    }
    long sum = 0;
    long max = 0;
    for (int kill = 1; kill <= kills; kill++) {
      TowerProgram standby = TowerProgram.launch(root, bitcoind, folders[kill % 2], flags);
      awaitStandingBy(standby);
      Thread.sleep(2_000); // lets the standby settle after its startup
      long start = System.nanoTime();
      leader.kill();
      breaches.removeFirst().mineAndAwaitPenalty();
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      System.out.printf(
          "kill %d: the penalty is in the mempool after %,d ms; memory: %s%n",
          kill, millis, Memory.of(standby.pid()));
      sum += millis;
      max = Math.max(max, millis);
      leader = standby;
    }
    System.out.printf("%,d ms on average, %,d ms at most%n", sum / kills, max);
    leader.close();
  }

  private static void awaitStandingBy(TowerProgram tower) throws IOException, InterruptedException {
    long end = System.nanoTime() + TIMEOUT_NANOS;
    while (!tower.output().contains("standing by")) {
      if (System.nanoTime() > end) {
        throw new IOException("the tower is not standing by: " + tower.output());
      }
      Thread.sleep(10);
    }
  }
}
