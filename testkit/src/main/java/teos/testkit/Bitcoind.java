package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real bitcoind, on regtest if nothing else is said, in a temporary folder of its own and on
 * loopback ports that were free. Hashes and txids are in display order.
 */
public final class Bitcoind implements AutoCloseable {

  private static final int MAX_PORT_ATTEMPTS = 5;
  private static final String WALLET = "teos";

  private final BitcoindOptions options;
  private final Path dataDir;
  private BitcoindPorts ports;
  private @Nullable ServerProcess process;
  private @Nullable String address;

  private Bitcoind(BitcoindOptions options, Path dataDir, BitcoindPorts ports) {
    this.options = options;
    this.dataDir = dataDir;
    this.ports = ports;
  }

  /** Starts one with {@link BitcoindOptions#DEFAULT}. */
  public static Bitcoind start() throws IOException, InterruptedException {
    return start(BitcoindOptions.DEFAULT);
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @throws IOException if it does not, with what it said
   */
  public static Bitcoind start(BitcoindOptions options) throws IOException, InterruptedException {
    Path dataDir = Files.createTempDirectory("teos-bitcoind-");
    Bitcoind bitcoind = new Bitcoind(options, dataDir, BitcoindPorts.free());
    try {
      for (int tries = 1; !bitcoind.launch(); tries++) {
        if (tries == MAX_PORT_ATTEMPTS) {
          throw new IOException("bitcoind does not start: " + bitcoind.outputTail());
        }
        bitcoind.ports = BitcoindPorts.free(); // another process has taken one of them meanwhile
      }
      if (options.hasWallet()) {
        bitcoind.rpc("createwallet", WALLET);
      }
      return bitcoind;
    } catch (IOException | InterruptedException | RuntimeException e) {
      bitcoind.close();
      throw e;
    }
  }

  /** False if it ended at once, as it does when a port is taken. */
  private boolean launch(String... moreArgs) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words("bitcoind"));
    command.addAll(
        List.of(
            "-chain=" + options.chain(),
            "-datadir=" + dataDir,
            "-server",
            "-rpcport=" + ports.rpc(),
            "-rpcbind=127.0.0.1",
            "-rpcallowip=127.0.0.1",
            "-fallbackfee=0.0001",
            "-dnsseed=0",
            "-fixedseeds=0",
            "-discover=0",
            "-natpmp=0",
            "-listenonion=0"));
    command.addAll(
        options.listening()
            ? List.of("-listen=1", "-bind=127.0.0.1:" + ports.p2p())
            : List.of("-listen=0", "-port=" + ports.p2p()));
    if (options.zmq()) {
      command.add("-zmqpubhashblock=" + zmqEndpoint());
      command.add("-zmqpubrawtx=" + zmqEndpoint());
    }
    options
        .credentials()
        .ifPresent(
            credentials -> {
              command.add("-rpcuser=" + credentials.user());
              command.add("-rpcpassword=" + credentials.password());
            });
    command.addAll(options.extraArgs());
    command.addAll(List.of(moreArgs));
    ServerProcess started = ServerProcess.start(command, dataDir.resolve("stderr"));
    process = started;
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (System.nanoTime() < deadline) {
      if (!started.isAlive()) {
        return false;
      }
      if (answers()) {
        return true;
      }
      Thread.sleep(50);
    }
    throw new IOException("bitcoind does not answer: " + outputTail());
  }

  private boolean answers() {
    try {
      rpc("getblockcount");
      return true;
    } catch (BitcoindRpcException | UncheckedIOException e) {
      return false; // not yet
    }
  }

  private String outputTail() throws IOException {
    for (Path file :
        List.of(dataDir.resolve("stderr"), dataDir.resolve(options.chain()).resolve("debug.log"))) {
      if (Files.exists(file) && Files.size(file) > 0) {
        List<String> lines = Files.readAllLines(file);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
      }
    }
    return "(it said nothing)";
  }

  /**
   * Calls an RPC method.
   *
   * @throws BitcoindRpcException if bitcoind answers with an error
   * @throws UncheckedIOException if it does not answer
   */
  public JsonNode rpc(String method, Object... params) {
    try {
      return BitcoindRpc.call(ports.rpc(), userAndPassword(), method, params);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String userAndPassword() throws IOException {
    return options.credentials().isPresent()
        ? rpcUser() + ":" + rpcPassword()
        : Files.readString(cookieFile());
  }

  public int rpcPort() {
    return ports.rpc();
  }

  public int p2pPort() {
    return ports.p2p();
  }

  public int zmqPort() {
    return ports.zmq();
  }

  public String zmqEndpoint() {
    return "tcp://127.0.0.1:" + ports.zmq();
  }

  public Path dataDir() {
    return dataDir;
  }

  /** Where bitcoind writes its cookie, unless it has a user and a password. */
  public Path cookieFile() {
    return dataDir.resolve(options.chain()).resolve(".cookie");
  }

  /** The RPC user, if there is one. */
  public String rpcUser() {
    return options.credentials().orElseThrow().user();
  }

  /** The RPC password, if there is one. */
  public String rpcPassword() {
    return options.credentials().orElseThrow().password();
  }

  /** Mines {@code count} blocks to the wallet; the answer is their hashes. */
  public List<String> mine(int count) {
    return texts(rpc("generatetoaddress", count, address()));
  }

  /** Mines one block with these transactions (raw, hex) and no others; the answer is its hash. */
  public String mineBlockWith(List<String> rawTransactions) {
    return rpc("generateblock", address(), rawTransactions).path("hash").asText();
  }

  private synchronized String address() {
    if (address == null) {
      address = rpc("getnewaddress").asText();
    }
    return address;
  }

  public int height() {
    return rpc("getblockcount").asInt();
  }

  public String bestBlockHash() {
    return rpc("getbestblockhash").asText();
  }

  /** The txids in the mempool. */
  public Set<String> mempool() {
    return new TreeSet<>(texts(rpc("getrawmempool")));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }

  /** Connects to a bitcoind that listens. */
  public void connectTo(Bitcoind other) {
    rpc("addnode", "127.0.0.1:" + other.p2pPort(), "onetry");
  }

  /** Lets it have peers, or cuts it off. */
  public void setNetworkActive(boolean active) {
    rpc("setnetworkactive", active);
  }

  /** Stops it in order. */
  public void stop() throws IOException, InterruptedException {
    rpc("stop");
    if (process != null && !process.awaitExit(TestTimeouts.EVENT)) {
      throw new IOException("bitcoind does not stop: " + outputTail());
    }
  }

  /** Kills it, as a crash would. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.kill();
    }
  }

  /** Freezes it (SIGSTOP): connections stay open, and nothing is answered. */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Resumes it after {@link #freeze}. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (process != null) {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }
  }

  /**
   * Starts it again after {@link #stop} or {@link #kill}, with the same data and ports.
   *
   * @param moreArgs for this start alone, such as {@code -reindex}
   */
  public void restart(String... moreArgs) throws IOException, InterruptedException {
    if (!launch(moreArgs)) {
      throw new IOException("bitcoind does not start again: " + outputTail());
    }
    if (options.hasWallet() && rpc("listwallets").isEmpty()) {
      rpc("loadwallet", WALLET);
    }
  }

  /** Kills it and deletes its folder. */
  @Override
  public void close() throws IOException {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!Files.exists(dataDir)) {
      return; // closed before
    }
    try (Stream<Path> files = Files.walk(dataDir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
