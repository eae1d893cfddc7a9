package teos.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import teos.testkit.Bitcoind;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerProgram;

/**
 * Measures how long {@code teos-cli get_all_appointments} takes with a large tower, and the memory
 * of both processes. The appointments are written into the tower's database before it starts; the
 * tower and {@code teos-cli} are the real programs.
 *
 * <p>{@code LongList ROOT [COUNT]}, with the project's folder as {@code ROOT}, and 1,000,000
 * appointments by default.
 */
public final class LongList {

  private static final int SAMPLING_INTERVAL = 10_000;

  private LongList() {}

  public static void main(String... args) throws Exception {
    run(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000);
  }

  private static void run(Path root, int count) throws Exception {
    try (TemporaryFolder folder = TemporaryFolder.create("teos-benchmark-");
        Bitcoind bitcoind = Bitcoind.start()) {
      Path data = folder.path();
      bitcoind.mine(120);
      Path file = Files.createDirectories(data.resolve("regtest")).resolve("teos_db.sqlite");
      long start = System.nanoTime();
      StoredAppointments.fill(file, count);
      System.out.printf(
          "%,d appointments written in %.0f s, %,d MiB%n",
          count, seconds(start), Files.size(file) >> 20);
      try (TowerProgram tower = TowerProgram.start(root, bitcoind, data)) {
        list(root, data, tower, count);
        System.out.println("memory of the tower, with -Xmx128m: " + Memory.of(tower.pid()));
      }
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void list(Path root, Path data, TowerProgram tower, int count)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process cli =
        new ProcessBuilder(
                root.resolve("bin/teos-cli").toString(),
                "--datadir=" + data,
                "--rpcport=" + tower.rpcPort(),
                "--json",
                "get_all_appointments")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int seen = 0;
    long characters = 0;
    String memory = "unknown";
    try (BufferedReader out = cli.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        characters += line.length() + 1;
        if (line.contains("\"uuid\"") && ++seen % SAMPLING_INTERVAL == 0) {
          memory = Memory.of(cli.pid());
        }
      }
    }
    int code = cli.waitFor();
    if (code != 0 || seen != count) {
      throw new IOException(
          "teos-cli exited with code " + code + " after " + seen + " appointments");
    }
    double seconds = seconds(start);
    System.out.printf(
        "get_all_appointments: %,d appointments, %,d MiB of JSON in %.1f s, %,.0f/s%n",
        seen, characters >> 20, seconds, seen / seconds);
    System.out.println("memory of teos-cli, with -Xmx64m: " + memory);
  }
}
