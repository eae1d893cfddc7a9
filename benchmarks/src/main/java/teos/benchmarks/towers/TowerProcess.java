package teos.benchmarks.towers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that has been started, and listens at a port some time later. */
final class TowerProcess implements AutoCloseable {

  private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long STOP_LIMIT_SECONDS = 20;

  private final Process process;

  private TowerProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts {@code command} and waits until it listens at {@code port}.
   *
   * @param output the file that its output goes to
   * @throws IOException if it does not start, with what it said
   */
  static TowerProcess start(List<String> command, Path output, int port)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    TowerProcess started = new TowerProcess(process);
    long end = System.nanoTime() + START_LIMIT_NANOS;
    while (!Ports.isListenedAt(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        started.close();
        throw new IOException(command.getFirst() + " did not start: " + Files.readString(output));
      }
      Thread.sleep(20);
    }
    return started;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
