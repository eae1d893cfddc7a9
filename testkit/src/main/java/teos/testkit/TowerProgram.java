package teos.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code bin/teosd} as anyone would start it, on a regtest bitcoind, with its data in a folder. */
public final class TowerProgram implements AutoCloseable {

  private static final int DEFAULT_PORT = 9814;
  private static final int DEFAULT_RPC_PORT = 8814;
  private static final int DEFAULT_INTERNAL_PORT = 50051;

  private final Process process;
  private final Path output;
  private final URI api;
  private final int rpcPort;

  private TowerProgram(Process process, Path output, URI api, int rpcPort) {
    this.process = process;
    this.output = output;
    this.api = api;
    this.rpcPort = rpcPort;
  }

  /**
   * Starts it, at its usual ports if those are free, and waits until it answers.
   *
   * @param root the project's folder, built
   * @param flags more of them, such as {@code --btcmempool=off}
   * @throws IOException if it does not start, with what it said
   */
  public static TowerProgram start(Path root, Bitcoind bitcoind, Path data, String... flags)
      throws IOException, InterruptedException {
    TowerProgram program = launch(root, bitcoind, data, flags);
    if (!program.awaitApi()) {
      throw new IOException("teosd did not start: " + program.output());
    }
    return program;
  }

  /** Starts it, and does not wait: one that stands by answers nobody. */
  public static TowerProgram launch(Path root, Bitcoind bitcoind, Path data, String... flags)
      throws IOException {
    int port = preferredOrFreePort(DEFAULT_PORT);
    int rpcPort = preferredOrFreePort(DEFAULT_RPC_PORT);
    Path output = data.resolve("teosd.out");
    List<String> command =
        new ArrayList<>(
            List.of(
                root.resolve("bin/teosd").toString(),
                "--btcnetwork=regtest",
                "--btcrpcport=" + bitcoind.rpcPort(),
                "--btcrpccookie=" + bitcoind.cookieFile(),
                "--btcfeedport=" + bitcoind.zmqPort(),
                "--datadir=" + data,
                "--apiport=" + port,
                "--rpcport=" + rpcPort,
                "--internalapiport=" + preferredOrFreePort(DEFAULT_INTERNAL_PORT)));
    command.addAll(List.of(flags));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    TowerProgram program =
        new TowerProgram(process, output, URI.create("http://127.0.0.1:" + port), rpcPort);
    Runtime.getRuntime().addShutdownHook(new Thread(program::close));
    return program;
  }

  static int preferredOrFreePort(int usualPort) throws IOException {
    try (ServerSocket usual = new ServerSocket(usualPort, 1, InetAddress.getLoopbackAddress())) {
      return usual.getLocalPort();
    } catch (IOException taken) {
      return FreePort.find();
    }
  }

  private boolean awaitApi() throws InterruptedException {
    HttpRequest ping = HttpRequest.newBuilder(api.resolve("/ping")).build();
    long end = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (process.isAlive() && System.nanoTime() < end) {
        try {
          http.send(ping, BodyHandlers.discarding());
          return true;
        } catch (IOException e) {
          Thread.sleep(50); // not yet
        }
      }
    }
    return false;
  }

  /** Where its public API is. */
  public URI api() {
    return api;
  }

  /** The port of the operator's RPC. */
  public int rpcPort() {
    return rpcPort;
  }

  public long pid() {
    return process.pid();
  }

  /** What it has said since it was started. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  /** Kills it with SIGKILL, as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits until it ends by itself. */
  public void join() throws InterruptedException {
    process.waitFor();
  }

  /** Stops it in order. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
