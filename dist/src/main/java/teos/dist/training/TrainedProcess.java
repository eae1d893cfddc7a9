package teos.dist.training;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Process of a program that writes its AOT cache when it exits. */
final class TrainedProcess implements AutoCloseable {

  private static final long TIMEOUT_SECONDS = 120;

  private final Process process;
  private final @Nullable Path aotCache;
  private final Path output;

  private TrainedProcess(Process process, @Nullable Path aotCache, Path output) {
    this.process = process;
    this.aotCache = aotCache;
    this.output = output;
  }

  /**
   * Starts {@code command}.
   *
   * @param aotCache file to write, or null for a run that only prepares another one
   * @param output file for standard output and error
   */
  static TrainedProcess start(List<String> command, @Nullable Path aotCache, Path output)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    if (aotCache != null) {
      builder.environment().put("TEOS_JAVA_OPTS", "-XX:AOTCacheOutput=" + aotCache);
    }
    return new TrainedProcess(builder.start(), aotCache, output);
  }

  void awaitListening(int port) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!isListening(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw failure("did not start");
      }
      Thread.sleep(20);
    }
  }

  private static boolean isListening(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Requests a clean shutdown. */
  void terminate() {
    process.destroy();
  }

  void awaitExit() throws IOException, InterruptedException {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw failure("did not exit");
    }
    if (process.exitValue() != 0) {
      throw failure("failed with exit code " + process.exitValue());
    }
    if (aotCache != null && !Files.exists(aotCache)) {
      throw failure("did not write " + aotCache);
    }
  }

  private IOException failure(String what) throws IOException {
    return new IOException("training: the program " + what + ":\n" + Files.readString(output));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
