package teos.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.TestTimeouts;
import teos.testkit.TowerCommand;

/** Tower started by the installed launcher on a real bitcoind. */
final class InstalledTower {

  private InstalledTower() {}

  /**
   * Starts a tower with an empty database, pings it, queries it by teos-cli, and stops it cleanly.
   */
  static void startQueryAndStop(Path bin, Bitcoind bitcoind, Path data) throws Exception {
    int apiPort = FreePort.find();
    int rpcPort = FreePort.find();
    Path output = data.resolveSibling(data.getFileName() + ".output");
    Path tmp = Files.createDirectory(data.resolveSibling(data.getFileName() + ".tmp"));
    ProcessBuilder builder =
        ProcessResult.builder(
            command(bin, bitcoind, data, apiPort, rpcPort).toArray(String[]::new));
    builder.environment().put("TEOS_JAVA_OPTS", "-Djava.io.tmpdir=" + tmp);
    Process tower = builder.redirectOutput(output.toFile()).start();
    try {
      awaitPing(URI.create("http://127.0.0.1:" + apiPort + "/ping"), tower, output);
      assertThat(tmp).as("native libraries are those of the package").isEmptyDirectory();
      ProcessResult info = getTowerInfo(bin, data, rpcPort);
      assertThat(info.code()).as(info.output()).isZero();
      assertThat(info.output()).contains("\"bitcoind_reachable\" : true");
      tower.destroy(); // TERM, as systemd sends
      assertThat(tower.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(tower.exitValue()).isZero();
    } finally {
      tower.destroyForcibly();
      tower.onExit().join();
    }
    // The JVM and the libraries must print no warnings.
    assertThat(Files.readAllLines(output)).allMatch(line -> line.contains(" INFO "));
  }

  /**
   * Starts a tower in the background, queries it by teos-cli, and stops it with {@code teosd stop}.
   */
  static void startInBackgroundAndStop(Path bin, Bitcoind bitcoind, Path data) throws Exception {
    int rpcPort = FreePort.find();
    List<String> daemon = command(bin, bitcoind, data, FreePort.find(), rpcPort);
    daemon.add("-d");
    ProcessResult started = ProcessResult.run(daemon.toArray(String[]::new));
    assertThat(started.code()).as(started.output()).isZero();
    try {
      ProcessResult info = getTowerInfo(bin, data, rpcPort);
      assertThat(info.code()).as(info.output()).isZero();
    } finally {
      ProcessResult stopped =
          ProcessResult.run(
              bin.resolve("teosd").toString(), "stop", "--datadir=" + data, "--btcnetwork=regtest");
      assertThat(stopped.code()).as(stopped.output()).isZero();
    }
  }

  private static List<String> command(
      Path bin, Bitcoind bitcoind, Path data, int apiPort, int rpcPort) throws IOException {
    return TowerCommand.of(
        bin.resolve("teosd"),
        bitcoind,
        data,
        "--apiport=" + apiPort,
        "--rpcport=" + rpcPort,
        "--internalapiport=" + FreePort.find());
  }

  private static ProcessResult getTowerInfo(Path bin, Path data, int rpcPort) throws Exception {
    return ProcessResult.run(
        bin.resolve("teos-cli").toString(),
        "--datadir=" + data,
        "--rpcport=" + rpcPort,
        "get_tower_info");
  }

  private static void awaitPing(URI ping, Process tower, Path output) throws Exception {
    long end = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!answers(ping)) {
      if (!tower.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("teosd did not answer pings: " + Files.readString(output));
      }
      Thread.sleep(20);
    }
  }

  private static boolean answers(URI ping) {
    try {
      HttpURLConnection connection = (HttpURLConnection) ping.toURL().openConnection();
      connection.setReadTimeout(1_000);
      return connection.getResponseCode() == 204;
    } catch (IOException e) {
      return false; // not yet
    }
  }
}
