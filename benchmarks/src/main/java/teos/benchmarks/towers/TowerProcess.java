package teos.benchmarks.towers;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Process of a tower whose public API listens on a port. */
final class TowerProcess implements MeasuredTower {

  private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long STOP_TIMEOUT_SECONDS = 20;

  private final Process process;
  private final int port;

  private TowerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts {@code command} and blocks until its public API listens on {@code port}.
   *
   * @param environment variables in addition to those of this process
   * @param output the file for its output
   * @throws IOException if it does not start; the message has its output
   */
  static TowerProcess start(
      List<String> command, Map<String, String> environment, Path output, int port)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    TowerProcess started = new TowerProcess(builder.start(), port);
    Process process = started.process;
    Runtime.getRuntime().addShutdownHook(new Thread(started::kill));
    long end = System.nanoTime() + START_TIMEOUT_NANOS;
    while (!Ports.isListening(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        started.close();
        throw new IOException(command.getFirst() + " did not start: " + Files.readString(output));
      }
      Thread.sleep(20);
    }
    return started;
  }

  @Override
  public URI api() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public long pid() {
    return process.pid();
  }

  private void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
