package teos.benchmarks;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import teos.protocol.Dialect;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindOptions;
import teos.testkit.FundingUtxos;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * Measures the cost of watching a large mempool: {@code MempoolLoad ROOT [COUNT [REST]]}. {@code
 * ROOT} is the project's folder; the defaults are 100,000 transactions, followed by 120 seconds of
 * rest. Three towers run on one bitcoind: one follows the mempool by ZMQ, one polls it, and one
 * ignores it.
 */
public final class MempoolLoad {

  private static final List<String> MODES = List.of("zmq", "polling", "off");
  private static final long FEE = 1_000;
  private static final int BREACHES = 10;

  private MempoolLoad() {}

  public static void main(String... args) throws Exception {
    Path root = Path.of(args[0]);
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int rest = args.length > 2 ? Integer.parseInt(args[2]) : 120;
    try (TemporaryFolder data = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind =
            Bitcoind.start(
                BitcoindOptions.DEFAULT.withArgs(
                    "-blockmaxsize=3900000",
                    "-blockmaxweight=3900000",
                    "-checkmempool=0", // regtest checks the whole mempool for each transaction
                    "-rpcthreads=8"))) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, BREACHES);
      List<String> transactions = new FundingUtxos(bitcoind, count, 0).spend(FEE);
      Map<String, TowerProgram> towers = new LinkedHashMap<>();
      for (String way : MODES) {
        Path folder = Files.createDirectory(data.path().resolve(way));
        towers.put(way, TowerProgram.start(root, bitcoind, folder, "--btcmempool=" + way));
      }
      Map<String, Duration> before = cpu(towers);
      long start = System.nanoTime();
      importMempool(bitcoind, transactions);
      System.out.printf(
          "%,d transactions entered the mempool in %d s%n",
          bitcoind.mempool().size(), (System.nanoTime() - start) / 1_000_000_000);
      Map<String, Duration> filled = cpu(towers);
      print("CPU time meanwhile", before, filled);
      Thread.sleep(Duration.ofSeconds(rest));
      print("CPU time in " + rest + " s of rest", filled, cpu(towers));
      measurePenalties(Objects.requireNonNull(towers.get("zmq")), breaches);
      for (Map.Entry<String, TowerProgram> tower : towers.entrySet()) {
        System.out.println(tower.getKey() + ": " + Memory.of(tower.getValue().pid()));
        tower.getValue().close();
      }
    }
  }

  private static Map<String, Duration> cpu(Map<String, TowerProgram> towers) {
    Map<String, Duration> cpu = new LinkedHashMap<>();
    towers.forEach(
        (way, tower) ->
            cpu.put(
                way,
                ProcessHandle.of(tower.pid())
                    .flatMap(process -> process.info().totalCpuDuration())
                    .orElseThrow()));
    return cpu;
  }

  private static void print(String title, Map<String, Duration> from, Map<String, Duration> to) {
    System.out.println(title + ":");
    to.forEach(
        (way, at) ->
            System.out.printf("  %-8s %.2f s%n", way, at.minus(from.get(way)).toMillis() / 1e3));
  }

  /**
   * Loads the transactions with {@code importmempool}, which is much faster than {@code
   * sendrawtransaction} for each. The file has the format of mempool.dat: version, number of
   * transactions, each transaction with its arrival time and fee delta, and two empty lists.
   * Numbers are little-endian.
   */
  private static void importMempool(Bitcoind bitcoind, List<String> transactions)
      throws IOException {
    Path file = Files.createTempFile("java-teos-benchmark-", ".dat");
    long now = Instant.now().getEpochSecond();
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeLong(Long.reverseBytes(1));
      out.writeLong(Long.reverseBytes(transactions.size()));
      for (String transaction : transactions) {
        out.write(HexFormat.of().parseHex(transaction));
        out.writeLong(Long.reverseBytes(now));
        out.writeLong(0);
      }
      out.writeShort(0);
    }
    bitcoind.rpc("importmempool", file.toString());
    Files.delete(file);
  }

  private static void measurePenalties(TowerProgram tower, List<Breach> breaches) throws Exception {
    TowerUser user = new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    long total = 0;
    long max = 0;
    for (Breach breach : breaches) {
      breach.sendAppointment(user);
      long start = System.nanoTime();
      breach.bitcoind().rpc("sendrawtransaction", breach.dispute());
      breach.awaitPenalty();
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      total += millis;
      max = Math.max(max, millis);
    }
    System.out.printf(
        "a dispute enters that mempool: its penalty is in the mempool after %d ms, %d ms at most%n",
        total / breaches.size(), max);
  }
}
