package teos.teosd;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import teos.testkit.Bitcoind;
import teos.testkit.TestDatabase;
import teos.testkit.TestTimeouts;

/** The real program in a separate JVM, with the options of {@code bin/teosd}; can be killed. */
public final class TowerProcess implements AutoCloseable {

  private final Process process;
  private final Path output;
  private final URI api;

  private TowerProcess(Process process, Path output, URI api) {
    this.process = process;
    this.output = output;
    this.api = api;
  }

  /** Starts a tower on {@code bitcoind} without waiting until it is ready. */
  public static TowerProcess start(
      Bitcoind bitcoind, Path dataDir, int apiPort, Map<String, String> more) throws IOException {
    return start(bitcoind, dataDir, apiPort, more, Map.of());
  }

  /** Starts a tower with additional environment variables. */
  public static TowerProcess start(
      Bitcoind bitcoind,
      Path dataDir,
      int apiPort,
      Map<String, String> more,
      Map<String, String> environment)
      throws IOException {
    return start(bitcoind, dataDir, apiPort, more, environment, List.of());
  }

  /** Starts a tower through a wrapper command, whose words {@code prefix} precede the tower's. */
  public static TowerProcess start(
      Bitcoind bitcoind,
      Path dataDir,
      int apiPort,
      Map<String, String> more,
      Map<String, String> environment,
      List<String> prefix)
      throws IOException {
    Map<String, String> settings = new LinkedHashMap<>(RunningTower.settings(bitcoind));
    settings.put("api_port", Integer.toString(apiPort));
    settings.putAll(database(dataDir));
    settings.putAll(more);
    List<String> flags = new ArrayList<>(List.of("--datadir=" + dataDir));
    settings.forEach((key, value) -> flags.add(flag(key, value)));
    return start(apiPort, flags, environment, prefix);
  }

  private static Map<String, String> database(Path dataDir) throws IOException {
    try {
      return TestDatabase.settings(dataDir);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while creating the database", e);
    }
  }

  /** Formats a setting as a flag; a switch has an empty value. */
  private static String flag(String key, String value) {
    String name = "--" + key.replace("_", "");
    return value.isEmpty() ? name : name + "=" + value;
  }

  /** Starts the program with exactly these flags. */
  public static TowerProcess start(int apiPort, List<String> flags) throws IOException {
    return start(apiPort, flags, Map.of(), List.of());
  }

  private static TowerProcess start(
      int apiPort, List<String> flags, Map<String, String> environment, List<String> prefix)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-Xmx128m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "teos.teosd.Teosd"));
    command.addAll(flags);
    Path output = Files.createTempFile("teosd-", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    return new TowerProcess(process, output, URI.create("http://127.0.0.1:" + apiPort));
  }

  public URI api() {
    return api;
  }

  /** Waits until the API answers; fails if the process ends instead. */
  public void awaitReady() throws Exception {
    Eventually.holds(
        "tower ready",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("teosd ended: " + output());
          }
          return answers();
        });
  }

  private boolean answers() {
    try {
      HttpURLConnection ping = (HttpURLConnection) api.resolve("/ping").toURL().openConnection();
      ping.setReadTimeout(1_000);
      return ping.getResponseCode() == 204;
    } catch (IOException e) {
      return false;
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Sends the named signals (INT, TERM, …) in immediate succession. */
  public void signal(String... names) throws IOException, InterruptedException {
    StringBuilder script = new StringBuilder();
    for (String name : names) {
      script.append("kill -").append(name).append(' ').append(process.pid()).append(';');
    }
    new ProcessBuilder("sh", "-c", script.toString()).start().waitFor();
  }

  /** Kills the process with SIGKILL. */
  public void kill9() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits until the process has ended; returns the exit code. */
  public int awaitExit() throws Exception {
    if (!process.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("teosd is still running: " + output());
    }
    return process.exitValue();
  }

  /** Returns everything written to stdout and stderr. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  /** Returns the number of bytes written to stdout and stderr. */
  public long outputBytes() throws IOException {
    return Files.size(output);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().join(); // until then the process locks its data folder
    Files.deleteIfExists(output);
  }
}
