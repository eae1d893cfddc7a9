package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real lnd on regtest with its own folder. It listens on loopback only. */
public final class LndNode implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Bitcoind bitcoind;
  private final Path folder;
  private final List<String> flags;
  private final int port;
  private final int rpcPort;
  private @Nullable Process process;

  private LndNode(Bitcoind bitcoind, Path folder, List<String> flags) throws IOException {
    this.bitcoind = bitcoind;
    this.folder = folder;
    this.flags = flags;
    this.port = FreePort.find();
    this.rpcPort = FreePort.find();
  }

  /**
   * Starts an lnd and blocks until it has caught up with its bitcoind.
   *
   * @param folder data folder for this node only
   * @param flags additional flags, such as {@code --wtclient.active}
   * @throws IOException if it does not start; the message contains the end of its log
   */
  public static LndNode start(Bitcoind bitcoind, Path folder, String... flags) throws Exception {
    LndNode node = new LndNode(bitcoind, folder, List.of(flags));
    try {
      node.start();
      return node;
    } catch (Exception e) {
      node.close();
      throw e;
    }
  }

  /** Starts lnd again after {@link #stop}. */
  public void start() throws Exception {
    Files.createDirectories(folder);
    List<String> command = new ArrayList<>(ScriptCommand.words("lnd-program", "lnd"));
    command.addAll(
        List.of(
            "--lnddir=" + folder,
            "--noseedbackup",
            "--no-macaroons",
            "--bitcoin.regtest",
            "--bitcoin.node=bitcoind",
            "--bitcoin.defaultchanconfs=1",
            "--bitcoind.rpchost=127.0.0.1:" + bitcoind.rpcPort(),
            "--bitcoind.rpccookie=" + bitcoind.cookieFile(),
            "--bitcoind.rpcpolling",
            "--bitcoind.blockpollinginterval=100ms",
            "--bitcoind.txpollinginterval=100ms",
            "--listen=127.0.0.1:" + port,
            "--rpclisten=127.0.0.1:" + rpcPort,
            "--norest",
            "--nobootstrap",
            "--debuglevel=info,WTCL=debug"));
    command.addAll(flags);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("lnd.out").toFile()))
            .start();
    await(
        "lnd is up to date",
        () -> {
          JsonNode info = call("getinfo");
          // Until SERVER_ACTIVE, a call to the watchtower client may block forever.
          return call("state").path("state").asText().equals("SERVER_ACTIVE")
              && info.path("synced_to_chain").asBoolean()
              && info.path("block_height").asInt() == bitcoind.height();
        });
  }

  /**
   * Blocks until {@code condition} returns true; an {@link IOException} of it counts as false.
   *
   * @throws IOException if that takes too long or lnd exits first
   */
  public void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    String lastError = "";
    while (System.nanoTime() < end) {
      if (process == null || !process.isAlive()) {
        throw new IOException("lnd exited while waiting for: " + what + "\n" + log());
      }
      try {
        if (condition.call()) {
          return;
        }
      } catch (IOException e) {
        lastError = String.valueOf(e.getMessage());
      }
      Thread.sleep(100);
    }
    throw new IOException("timed out waiting for: " + what + " (" + lastError + ")\n" + log());
  }

  /** Returns the last lines of lnd's output. */
  public String log() throws IOException {
    Path file = folder.resolve("lnd.out");
    if (!Files.exists(file)) {
      return "";
    }
    List<String> lines = Files.readAllLines(file);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }

  /**
   * Runs {@code lncli} and returns its output as JSON; output that is not JSON is in the field
   * {@code text}.
   *
   * @throws IOException if the call fails; the message contains its output
   */
  public JsonNode call(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words("lnd-program", "lncli"));
    command.addAll(
        List.of(
            "--lnddir=" + folder,
            "--no-macaroons",
            "--network=regtest",
            "--rpcserver=127.0.0.1:" + rpcPort));
    command.addAll(Arrays.asList(words));
    Path stdout = Files.createTempFile("lncli-", ".out");
    Path stderr = Files.createTempFile("lncli-", ".err");
    try {
      Process running =
          new ProcessBuilder(command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile())
              .start();
      running.getOutputStream().close();
      boolean exited = running.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
      if (!exited) {
        running.destroyForcibly().waitFor();
      }
      String output = Files.readString(stdout);
      if (!exited || running.exitValue() != 0) {
        throw new IOException(
            "lncli "
                + String.join(" ", words)
                + (exited ? " failed: " : " timed out: ")
                + Files.readString(stderr)
                + output);
      }
      return output.strip().startsWith("{")
          ? JSON.readTree(output.substring(0, output.lastIndexOf('}') + 1))
          : JSON.createObjectNode().put("text", output);
    } finally {
      Files.delete(stdout);
      Files.delete(stderr);
    }
  }

  /** Returns the node's public key in hex. */
  public String key() throws IOException, InterruptedException {
    return call("getinfo").path("identity_pubkey").asText();
  }

  /** Returns the node's address, {@code KEY@HOST:PORT}. */
  public String address() throws IOException, InterruptedException {
    return key() + "@127.0.0.1:" + port;
  }

  private Path channels() {
    return folder.resolve("data/graph/regtest/channel.db");
  }

  /** Copies the channel database to {@code copy}; lnd must be stopped. */
  public void saveChannels(Path copy) throws IOException {
    Files.copy(channels(), copy, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Replaces the channel database by {@code copy}; lnd must be stopped. */
  public void restoreChannels(Path copy) throws IOException {
    Files.copy(copy, channels(), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Shuts lnd down cleanly. */
  public void stop() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroy();
      if (!running.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
    }
    process = null;
  }

  @Override
  public void close() {
    Process running = process;
    process = null;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
  }
}
