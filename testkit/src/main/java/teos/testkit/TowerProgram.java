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
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code bin/teosd} process on a regtest bitcoind with a given data folder. */
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
   * Starts a tower, on its default ports if those are free, and blocks until its API answers.
   *
   * @param root the project's folder, already built
   * @param flags additional flags, such as {@code --btcmempool=off}
   * @throws IOException if it does not start; the message contains its output
   */
  public static TowerProgram start(Path root, Bitcoind bitcoind, Path data, String... flags)
      throws IOException, InterruptedException {
    TowerProgram program = launch(root, bitcoind, data, flags);
    if (!program.awaitApi()) {
      throw new IOException("teosd did not start: " + program.output());
    }
    return program;
  }

  /** Starts a tower without waiting for its API, which a standby tower does not serve. */
  public static TowerProgram launch(Path root, Bitcoind bitcoind, Path data, String... flags)
      throws IOException {
    int port = preferredOrFreePort(DEFAULT_PORT);
    int rpcPort = preferredOrFreePort(DEFAULT_RPC_PORT);
    Path output = data.resolve("teosd.out");
    List<String> command =
        TowerCommand.of(
            root.resolve("bin/teosd"),
            bitcoind,
            data,
            "--apiport=" + port,
            "--rpcport=" + rpcPort,
            "--internalapiport=" + preferredOrFreePort(DEFAULT_INTERNAL_PORT));
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

  /** Returns {@code preferred} if it is free, and another free port otherwise. */
  static int preferredOrFreePort(int preferred) throws IOException {
    try (ServerSocket socket = new ServerSocket(preferred, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException inUse) {
      return FreePort.find();
    }
  }

  /** Returns true once the API answers, false if the process exits or the timeout passes first. */
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

  /** Returns the URI of the public API. */
  public URI api() {
    return api;
  }

  /** Returns the port of the operator's RPC. */
  public int rpcPort() {
    return rpcPort;
  }

  public long pid() {
    return process.pid();
  }

  /** Returns everything that the tower has printed. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  /** Kills the tower with SIGKILL, as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Blocks until the tower exits. */
  public void join() throws InterruptedException {
    process.waitFor();
  }

  /** Shuts the tower down cleanly. */
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
