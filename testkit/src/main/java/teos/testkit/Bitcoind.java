package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A real bitcoind (on regtest by default) with its own temporary folder and free loopback ports.
 * Hashes and txids are in display order.
 */
public final class Bitcoind implements AutoCloseable {

  private static final int MAX_PORT_ATTEMPTS = 5;
  private static final String WALLET = "teos";

  private final BitcoindOptions options;
  private final TemporaryFolder dataDir;
  private BitcoindPorts ports;
  private @Nullable ServerProcess process;
  private @Nullable String address;

  private Bitcoind(BitcoindOptions options, TemporaryFolder dataDir, BitcoindPorts ports) {
    this.options = options;
    this.dataDir = dataDir;
    this.ports = ports;
  }

  /** Starts a bitcoind with {@link BitcoindOptions#DEFAULT}. */
  public static Bitcoind start() throws IOException, InterruptedException {
    return start(BitcoindOptions.DEFAULT);
  }

  /**
   * Starts a bitcoind and blocks until it answers RPC calls.
   *
   * @throws IOException if it does not start; the message contains the end of its output
   */
  public static Bitcoind start(BitcoindOptions options) throws IOException, InterruptedException {
    TemporaryFolder dataDir = TemporaryFolder.create("teos-bitcoind-");
    Bitcoind bitcoind = new Bitcoind(options, dataDir, BitcoindPorts.free());
    try {
      for (int attempts = 1; !bitcoind.launch(); attempts++) {
        if (attempts == MAX_PORT_ATTEMPTS) {
          throw new IOException("bitcoind did not start: " + bitcoind.outputTail());
        }
        bitcoind.ports = BitcoindPorts.free(); // another process may have taken one
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

  /** Returns false if bitcoind exited at once, as it does when a port is in use. */
  private boolean launch(String... moreArgs) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words("bitcoind"));
    command.addAll(
        List.of(
            "-chain=" + options.chain(),
            "-datadir=" + dataDir(),
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
    ServerProcess started = ServerProcess.start(command, dataDir().resolve("stderr"));
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
    throw new IOException("bitcoind did not answer: " + outputTail());
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
        List.of(
            dataDir().resolve("stderr"), dataDir().resolve(options.chain()).resolve("debug.log"))) {
      if (Files.exists(file) && Files.size(file) > 0) {
        List<String> lines = Files.readAllLines(file);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
      }
    }
    return "(no output)";
  }

  /**
   * Calls an RPC method.
   *
   * @throws BitcoindRpcException if bitcoind answers with an error
   * @throws UncheckedIOException if there is no answer
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
    return dataDir.path();
  }

  /**
   * Returns the path of bitcoind's cookie file, which it writes unless it was given RPC
   * credentials.
   */
  public Path cookieFile() {
    return dataDir().resolve(options.chain()).resolve(".cookie");
  }

  /**
   * Returns the RPC user.
   *
   * @throws java.util.NoSuchElementException if bitcoind was started without credentials
   */
  public String rpcUser() {
    return options.credentials().orElseThrow().user();
  }

  /**
   * Returns the RPC password.
   *
   * @throws java.util.NoSuchElementException if bitcoind was started without credentials
   */
  public String rpcPassword() {
    return options.credentials().orElseThrow().password();
  }

  /** Mines {@code count} blocks to the wallet and returns their hashes. */
  public List<String> mine(int count) {
    return texts(rpc("generatetoaddress", count, address()));
  }

  /**
   * Mines one block with only these transactions and returns its hash.
   *
   * @param transactions raw ones in hex, or txids of the mempool; parents first
   */
  public String mineBlockWith(List<String> transactions) {
    return rpc("generateblock", address(), transactions).path("hash").asText();
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

  /** Returns the txids in the mempool. */
  public Set<String> mempool() {
    return new TreeSet<>(texts(rpc("getrawmempool")));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }

  /** Connects to {@code other}, which must have been started with {@code withListening}. */
  public void connectTo(Bitcoind other) {
    rpc("addnode", "127.0.0.1:" + other.p2pPort(), "onetry");
  }

  /** Enables or disables all peer-to-peer connections. */
  public void setNetworkActive(boolean active) {
    rpc("setnetworkactive", active);
  }

  /** Shuts bitcoind down cleanly. */
  public void stop() throws IOException, InterruptedException {
    rpc("stop");
    if (process != null && !process.awaitExit(TestTimeouts.EVENT)) {
      throw new IOException("bitcoind did not stop: " + outputTail());
    }
  }

  /** Kills bitcoind with SIGKILL, as a crash would. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.kill();
    }
  }

  /** Freezes bitcoind (SIGSTOP): connections stay open but get no answer. */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Resumes bitcoind (SIGCONT) after {@link #freeze}. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (process != null) {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }
  }

  /**
   * Starts bitcoind again after {@link #stop} or {@link #kill}, with the same data and ports.
   *
   * @param moreArgs extra arguments for this start only, such as {@code -reindex}
   */
  public void restart(String... moreArgs) throws IOException, InterruptedException {
    if (!launch(moreArgs)) {
      throw new IOException("bitcoind did not restart: " + outputTail());
    }
    if (options.hasWallet() && rpc("listwallets").isEmpty()) {
      rpc("loadwallet", WALLET);
    }
  }

  /** Kills bitcoind and deletes its folder. */
  @Override
  public void close() throws IOException {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dataDir.close();
  }
}
