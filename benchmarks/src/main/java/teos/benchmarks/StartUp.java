package teos.benchmarks;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.benchmarks.towers.Ports;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TemporaryFolder;
import teos.testkit.TowerCommand;

/**
 * Measures the startup time of the installed programs: {@code StartUp IMAGE [RUNS]}. {@code IMAGE}
 * is the folder that {@code mvn package} builds; the default is 15 runs of each. The time starts at
 * the program's exec, with a real bitcoind; prints the medians with and without the AOT cache.
 */
public final class StartUp {

  private static final List<String> OPTIONS = List.of("-XX:AOTMode=auto", "-XX:AOTMode=off");
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Path bin;
  private final Path folder;
  private final int runs;

  private StartUp(Path bin, Path folder, int runs) {
    this.bin = bin;
    this.folder = folder;
    this.runs = runs;
  }

  public static void main(String... args) throws Exception {
    int runs = args.length > 1 ? Integer.parseInt(args[1]) : 15;
    try (TemporaryFolder folder = TemporaryFolder.create("teos-benchmark-")) {
      new StartUp(Path.of(args[0], "bin"), folder.path(), runs).run();
    }
  }

  private void run() throws Exception {
    System.out.printf("%-28s %12s %12s%n", "ms, median of " + runs, "AOT cache", "without");
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(20);
      print("teosd, until it listens", options -> towerMillis(bitcoind, options));
      Tower tower = new Tower(bitcoind, folder.resolve("tower"), OPTIONS.getFirst());
      try {
        tower.awaitListening();
        print("teos-cli get_tower_info", options -> millis(options, tower.cli()));
        print("teos-cli --version", options -> millis(options, program("teos-cli", "--version")));
        print("teos-client ping", options -> millis(options, tower.client()));
      } finally {
        tower.stop();
      }
    }
  }

  private interface Measured {
    long millis(String options) throws Exception;
  }

  /**
   * Measures both variants in turns, so that the varying speed of the machine affects both alike.
   */
  private void print(String title, Measured measured) throws Exception {
    List<List<Long>> all = List.of(new ArrayList<>(), new ArrayList<>());
    for (int run = 0; run < runs; run++) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).add(measured.millis(OPTIONS.get(i)));
      }
    }
    all.forEach(Collections::sort);
    System.out.printf(
        "%-28s %12d %12d%n", title, all.getFirst().get(runs / 2), all.getLast().get(runs / 2));
  }

  private long towerMillis(Bitcoind bitcoind, String options) throws Exception {
    Path data = Files.createTempDirectory(folder, "empty");
    long start = System.nanoTime();
    Tower tower = new Tower(bitcoind, data, options);
    try {
      tower.awaitListening();
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    } finally {
      tower.stop();
    }
  }

  private long millis(String options, List<String> command) throws Exception {
    long start = System.nanoTime();
    int code = start(command, options).waitFor();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    if (code != 0) {
      throw new IOException(command + " failed: " + Files.readString(output()));
    }
    return millis;
  }

  private List<String> program(String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of(bin.resolve(name).toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private Process start(List<String> command, String options) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output().toFile()));
    builder.environment().put("TEOS_JAVA_OPTS", options);
    return builder.start();
  }

  private Path output() {
    return folder.resolve("output");
  }

  /** Starting or running tower. */
  private final class Tower {

    private final Path data;
    private final int apiPort = FreePort.find();
    private final int rpcPort = FreePort.find();
    private final Process process;

    Tower(Bitcoind bitcoind, Path data, String options) throws IOException {
      this.data = data;
      this.process =
          start(
              TowerCommand.of(
                  bin.resolve("teosd"),
                  bitcoind,
                  data,
                  "--apiport=" + apiPort,
                  "--rpcport=" + rpcPort,
                  "--internalapiport=" + FreePort.find()),
              options);
    }

    void awaitListening() throws IOException, InterruptedException {
      long end = System.nanoTime() + TIMEOUT_NANOS;
      while (!Ports.isListening(apiPort)) {
        if (!process.isAlive() || System.nanoTime() > end) {
          throw new IOException("teosd did not start: " + Files.readString(output()));
        }
        Thread.sleep(2);
      }
    }

    List<String> cli() {
      return program("teos-cli", "--datadir=" + data, "--rpcport=" + rpcPort, "get_tower_info");
    }

    List<String> client() {
      return program(
          "teos-client", "--datadir=" + folder.resolve("user"), "--apiport=" + apiPort, "ping");
    }

    void stop() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
