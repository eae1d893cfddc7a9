package teos.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.benchmarks.towers.Ports;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FreePort;
import teos.testkit.FundingUtxos;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerUser;

/**
 * Measures how long a tower that was off for many blocks takes to catch up: {@code CatchUp ROOT
 * [COUNT [TRANSACTIONS [TEOSD]]]}. {@code ROOT} is the project's folder; the defaults are 10,000
 * blocks without transactions. With {@code TEOSD}, the {@code teosd} of rust-teos, which takes the
 * same flags, is measured after that.
 *
 * <p>The last block contains a breach. The measurement ends when its penalty is in the mempool, so
 * the time includes the tower's startup.
 */
public final class CatchUp {

  private static final long TIMEOUT_NANOS = TimeUnit.MINUTES.toNanos(30);
  private static final int BATCH_SIZE = 250;

  /** Subscription in blocks, longer than the tower is off. */
  private static final int DURATION = 1_000_000;

  /** Bytes of padding that bring a transaction to some 560 bytes, as on mainnet. */
  private static final int PADDING = 450;

  private static final String USER = "teos";
  private static final String PASSWORD = "secret";

  private final Bitcoind bitcoind;
  private final Path data;

  private CatchUp(Bitcoind bitcoind, Path data) {
    this.bitcoind = bitcoind;
    this.data = data;
  }

  public static void main(String... args) throws Exception {
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    int transactions = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind =
            Bitcoind.start(BitcoindOptions.DEFAULT.withCredentials(USER, PASSWORD))) {
      bitcoind.mine(120);
      Candidate ours =
          new Candidate(
              "java-teos",
              List.of(
                  Path.of(args[0], "bin/teosd").toString(), "--btcfeedport=" + bitcoind.zmqPort()));
      List<Candidate> candidates =
          args.length > 3
              ? List.of(ours, new Candidate("rust-teos", List.of(args[3])))
              : List.of(ours);
      new CatchUp(bitcoind, data.path()).run(candidates, count, transactions);
    }
  }

  private record Candidate(String name, List<String> command) {}

  private void run(List<Candidate> candidates, int count, int transactions) throws Exception {
    List<Breach> breaches = Breach.prepare(bitcoind, candidates.size());
    for (int i = 0; i < candidates.size(); i++) {
      sendAppointment(candidates.get(i), breaches.get(i));
    }
    if (transactions == 0) {
      mine(count - 1);
    } else {
      mineFull(count - 1, new FundingUtxos(bitcoind, transactions, PADDING));
    }
    bitcoind.mineBlockWith(breaches.stream().map(Breach::dispute).toList());
    System.out.printf("%,d blocks mined while the tower was off%n", count);
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      seconds.add(catchUp(candidates.get(i), breaches.get(i), count));
    }
    if (candidates.size() > 1) {
      System.out.printf("%.1f times as fast%n", seconds.getLast() / seconds.getFirst());
    }
  }

  private void mine(int count) {
    // To an address outside the wallet, which would otherwise scan each block.
    String address = bitcoind.rpc("decodescript", "51").path("segwit").path("address").asText();
    for (int left = count; left > 0; left -= BATCH_SIZE) {
      bitcoind.rpc("generatetoaddress", Math.min(left, BATCH_SIZE), address);
    }
  }

  private void mineFull(int count, FundingUtxos coins) {
    for (int i = 1; i <= count; i++) {
      bitcoind.mineBlockWith(coins.spend(0));
      if (i % 50 == 0) {
        System.out.printf("... %,d blocks%n", i);
      }
    }
  }

  /** Returns the height of the tower according to the receipt of another appointment. */
  private static int heightOf(TowerUser user) throws Exception {
    byte[] locator = new byte[Locator.LENGTH];
    new SecureRandom().nextBytes(locator);
    Appointment appointment = new Appointment(new Locator(locator), new byte[200], 42);
    return user.sendForReceipt(appointment).response().path("start_block").asInt();
  }

  private Path folder(Candidate candidate) {
    return data.resolve(candidate.name());
  }

  private void sendAppointment(Candidate candidate, Breach breach) throws Exception {
    Path folder = Files.createDirectory(folder(candidate));
    // For these rust-teos has no flags. Its usual port may be another tower's.
    Files.writeString(
        folder.resolve("teos.toml"),
        "internal_api_port = %d%npolling_delta = 1%nsubscription_duration = %d%n"
            .formatted(FreePort.find(), DURATION));
    Tower tower = new Tower(candidate.command(), folder);
    try {
      tower.await(() -> Ports.isListening(tower.apiPort));
      TowerUser user =
          new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
      user.register();
      breach.sendAppointment(user);
      // Twice a new block: rust-teos notes the last one only when it has seen the next.
      for (int i = 0; i < 2; i++) {
        bitcoind.mine(1);
        int height = bitcoind.height();
        tower.await(() -> heightOf(user) == height);
      }
    } finally {
      tower.stop();
    }
  }

  /** Returns the seconds from the start to the last block's penalty. */
  private double catchUp(Candidate candidate, Breach breach, int count) throws Exception {
    long start = System.nanoTime();
    Tower tower = new Tower(candidate.command(), folder(candidate));
    try {
      tower.await(breach::hasPenalty);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "%s: the penalty for the breach in the last block is in the mempool %.1f s after the"
              + " start, %,.0f blocks/s; memory: %s%n",
          candidate.name(), seconds, count / seconds, Memory.of(tower.pid()));
      tower.printRates();
      return seconds;
    } finally {
      tower.stop();
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  /** Tower running in a separate process. */
  private final class Tower {

    private final int apiPort = FreePort.find();
    private final Path output;
    private final Process process;

    Tower(List<String> command, Path folder) throws IOException {
      this.output = folder.resolve("output");
      List<String> words = new ArrayList<>(command);
      words.addAll(
          List.of(
              "--btcnetwork=regtest",
              "--btcrpcconnect=127.0.0.1",
              "--btcrpcport=" + bitcoind.rpcPort(),
              "--btcrpcuser=" + USER,
              "--btcrpcpassword=" + PASSWORD,
              "--datadir=" + folder,
              "--apibind=127.0.0.1",
              "--apiport=" + apiPort,
              "--rpcport=" + FreePort.find()));
      this.process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    URI api() {
      return URI.create("http://127.0.0.1:" + apiPort);
    }

    long pid() {
      return process.pid();
    }

    void await(Condition condition) throws Exception {
      long end = System.nanoTime() + TIMEOUT_NANOS;
      while (!condition.holds()) {
        if (!process.isAlive() || System.nanoTime() > end) {
          throw new IOException(
              "the tower stopped or did not catch up in time: " + Files.readString(output));
        }
        Thread.sleep(20);
      }
    }

    /** Prints the rate that the tower itself logged. */
    void printRates() throws IOException {
      try (var lines = Files.lines(output)) {
        lines.filter(line -> line.contains("caught up")).forEach(System.out::println);
      }
    }

    void stop() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
