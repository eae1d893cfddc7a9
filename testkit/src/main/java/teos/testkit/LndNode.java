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

/** A real lnd on regtest, in a folder of its own, with everything on loopback. */
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
   * Starts one, and waits until it is up to date with its bitcoind.
   *
   * @param folder its own
   * @param flags more of them, such as {@code --wtclient.active}
   * @throws IOException if it does not start, with what it said
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

  /** Starts it again. */
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
          // Before that, a call to the watchtower client may wait for ever.
          return call("state").path("state").asText().equals("SERVER_ACTIVE")
              && info.path("synced_to_chain").asBoolean()
              && info.path("block_height").asInt() == bitcoind.height();
        });
  }

  /** Waits until {@code condition} holds; a call that fails counts as not yet. */
  public void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    String why = "";
    while (System.nanoTime() < end) {
      if (process == null || !process.isAlive()) {
        throw new IOException("lnd has ended before: " + what + "\n" + log());
      }
      try {
        if (condition.call()) {
          return;
        }
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
      }
      Thread.sleep(100);
    }
    throw new IOException("did not come to be: " + what + " (" + why + ")\n" + log());
  }

  /** The end of what it has said. */
  public String log() throws IOException {
    Path file = folder.resolve("lnd.out");
    if (!Files.exists(file)) {
      return "";
    }
    List<String> lines = Files.readAllLines(file);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }

  /**
   * What {@code lncli} answers.
   *
   * @throws IOException if the call fails, with what it said
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
    Path said = Files.createTempFile("lncli-", ".out");
    Path errors = Files.createTempFile("lncli-", ".err");
    try {
      Process running =
          new ProcessBuilder(command)
              .redirectOutput(said.toFile())
              .redirectError(errors.toFile())
              .start();
      running.getOutputStream().close();
      boolean ended = running.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        running.destroyForcibly().waitFor();
      }
      String output = Files.readString(said);
      if (!ended || running.exitValue() != 0) {
        throw new IOException(
            "lncli "
                + String.join(" ", words)
                + (ended ? ": " : " takes too long: ")
                + Files.readString(errors)
                + output);
      }
      return output.strip().startsWith("{")
          ? JSON.readTree(output.substring(0, output.lastIndexOf('}') + 1))
          : JSON.createObjectNode().put("text", output);
    } finally {
      Files.delete(said);
      Files.delete(errors);
    }
  }

  /** The node's key, in hex. */
  public String key() throws IOException, InterruptedException {
    return call("getinfo").path("identity_pubkey").asText();
  }

  /** Where other nodes find it: {@code KEY@HOST:PORT}. */
  public String address() throws IOException, InterruptedException {
    return key() + "@127.0.0.1:" + port;
  }

  private Path channels() {
    return folder.resolve("data/graph/regtest/channel.db");
  }

  /** Copies what it knows of its channels into {@code copy}; it has to be stopped. */
  public void saveChannels(Path copy) throws IOException {
    Files.copy(channels(), copy, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Puts {@code copy} in the place of what it knows of its channels; it has to be stopped. */
  public void restoreChannels(Path copy) throws IOException {
    Files.copy(copy, channels(), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Stops it in order. */
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
