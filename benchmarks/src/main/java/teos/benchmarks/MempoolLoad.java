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
import teos.testkit.TowerProgram;
import teos.testkit.TowerUser;

/**
 * What it costs to watch a large mempool: {@code MempoolLoad ROOT [COUNT [REST]]}, with the
 * project's folder as {@code ROOT}, 100,000 transactions and 120 seconds of rest after them. Three
 * towers on one bitcoind, of which one has the mempool told by ZMQ, one polls it and one does not
 * look at it.
 */
public final class MempoolLoad {

  private static final List<String> WAYS = List.of("zmq", "polling", "off");
  private static final long FEE = 1_000;
  private static final int BREACHES = 10;

  private MempoolLoad() {}

  public static void main(String... args) throws Exception {
    Path root = Path.of(args[0]);
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int rest = args.length > 2 ? Integer.parseInt(args[2]) : 120;
    try (DataFolder data = DataFolder.create();
        Bitcoind bitcoind =
            Bitcoind.start(
                BitcoindOptions.DEFAULT.withArgs(
                    "-blockmaxsize=3900000",
                    "-blockmaxweight=3900000",
                    "-checkmempool=0", // on regtest, all of it is checked with each transaction
                    "-rpcthreads=8"))) {
      bitcoind.mine(120);
      List<Breach> breaches = Breach.prepare(bitcoind, BREACHES);
      List<String> transactions = new FundingUtxos(bitcoind, count, 0).spend(FEE);
      Map<String, TowerProgram> towers = new LinkedHashMap<>();
      for (String way : WAYS) {
        Path folder = Files.createDirectory(data.path().resolve(way));
        towers.put(way, TowerProgram.start(root, bitcoind, folder, "--btcmempool=" + way));
      }
      Map<String, Duration> before = cpu(towers);
      long start = System.nanoTime();
      send(bitcoind, transactions);
      System.out.printf(
          "%,d transactions came into the mempool in %d s%n",
          bitcoind.mempool().size(), (System.nanoTime() - start) / 1_000_000_000);
      Map<String, Duration> filled = cpu(towers);
      print("processor time while they came", before, filled);
      Thread.sleep(Duration.ofSeconds(rest));
      print("processor time in " + rest + " s of rest", filled, cpu(towers));
      answer(Objects.requireNonNull(towers.get("zmq")), breaches);
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

  private static void print(String what, Map<String, Duration> from, Map<String, Duration> to) {
    System.out.println(what + ":");
    to.forEach(
        (way, at) ->
            System.out.printf("  %-8s %.2f s%n", way, at.minus(from.get(way)).toMillis() / 1e3));
  }

  /**
   * By a file such as bitcoind writes when it ends: one after the other by {@code
   * sendrawtransaction} takes it very much longer. The file has its version, the number of
   * transactions, each of them with the time at which it came and a fee in addition to its own, and
   * two empty lists.
   */
  private static void send(Bitcoind bitcoind, List<String> transactions) throws IOException {
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

  private static void answer(TowerProgram tower, List<Breach> breaches) throws Exception {
    TowerUser user = new TowerUser(tower.api(), Dialect.V2, SecretKey.generate(new SecureRandom()));
    user.register();
    long total = 0;
    long longest = 0;
    for (Breach breach : breaches) {
      breach.promise(user);
      long start = System.nanoTime();
      breach.bitcoind().rpc("sendrawtransaction", breach.dispute());
      breach.awaitPenalty();
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      total += millis;
      longest = Math.max(longest, millis);
    }
    System.out.printf(
        "a dispute comes into that mempool: its penalty is there after %d ms, %d ms at most%n",
        total / breaches.size(), longest);
  }
}
