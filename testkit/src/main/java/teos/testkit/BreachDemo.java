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
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.SecretKey;

/**
 * Plays a breach before one's eyes: a bitcoind on regtest, a tower, a user, and a cheater who
 * publishes a revoked commitment. The tower stays up afterwards, for trying things, until the
 * program is stopped; with {@code --once} it ends by itself.
 */
public final class BreachDemo {

  private static final int STEPS = 8;
  private static final int FEE_RATE = 10;
  private static final int DEFAULT_PORT = 9814;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Path root;
  private int step;

  private BreachDemo(Path root) {
    this.root = root;
  }

  /** {@code BreachDemo ROOT [--once]}, with the project's folder as {@code ROOT}. */
  public static void main(String... args) throws Exception {
    boolean once = Arrays.asList(args).contains("--once");
    new BreachDemo(Path.of(args[0])).play(once);
  }

  private void play(boolean once) throws Exception {
    Path data = Files.createTempDirectory("java-teos-demo-");
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      say("bitcoind is up on regtest, at block " + bitcoind.height());
      int port = freePort();
      Process tower = startTower(bitcoind, data, port);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(tower, bitcoind)));
      URI api = URI.create("http://127.0.0.1:" + port);
      awaitTower(tower, api, data);
      say("teosd is up: its API is at " + api + ", its log in " + data.resolve("regtest/teos.log"));
      breach(bitcoind, api);
      if (!once) {
        stayUp(bitcoind, api, data, tower);
      }
      end(tower, bitcoind);
    }
  }

  private void say(String what) {
    step++;
    System.out.printf("[%d/%d] %s%n", step, STEPS, what);
  }

  private static int freePort() throws IOException {
    try (ServerSocket usual =
        new ServerSocket(DEFAULT_PORT, 1, InetAddress.getLoopbackAddress())) {
      return usual.getLocalPort();
    } catch (IOException taken) {
      try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return any.getLocalPort();
      }
    }
  }

  private Process startTower(Bitcoind bitcoind, Path data, int port) throws IOException {
    return new ProcessBuilder(
            root.resolve("bin/teosd").toString(),
            "--btcnetwork=regtest",
            "--btcrpcport=" + bitcoind.rpcPort(),
            "--btcrpccookie=" + bitcoind.cookieFile(),
            "--btcfeedport=" + bitcoind.zmqPort(),
            "--datadir=" + data,
            "--apiport=" + port)
        .redirectErrorStream(true)
        .redirectOutput(data.resolve("teosd.out").toFile())
        .start();
  }

  private static void awaitTower(Process tower, URI api, Path data) throws Exception {
    HttpRequest ping = HttpRequest.newBuilder(api.resolve("/ping")).build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (long end = System.nanoTime() + LIMIT_NANOS; System.nanoTime() < end; ) {
        if (!tower.isAlive()) {
          break;
        }
        try {
          http.send(ping, BodyHandlers.discarding());
          return;
        } catch (IOException e) {
          Thread.sleep(50);
        }
      }
    }
    throw new IOException(
        "teosd did not start: " + Files.readString(data.resolve("teosd.out")));
  }

  private void breach(Bitcoind bitcoind, URI api) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user =
        new TowerUser(api, Dialect.V2, SecretKey.generate(new SecureRandom()));
    TowerUser.Reply registered = user.register();
    say(
        "a user has registered, with "
            + registered.json().path("available_slots").asText()
            + " slots, until block "
            + registered.json().path("subscription_expiry").asText());

    Appointment appointment =
        user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
    TowerUser.Receipt receipt = user.sendForReceipt(appointment);
    say("the appointment " + appointment.locator() + " is with the tower, on disk");
    say("its receipt is signed by the tower " + receipt.signedBy());

    bitcoind.rpc("sendrawtransaction", HexFormat.of().formatHex(channel.commitment()));
    long before = System.nanoTime();
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    say(
        "the cheater's revoked commitment " + channel.commitmentTxid() + " is in block "
            + bitcoind.height());

    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    while (!bitcoind.mempool().contains(penalty)) {
      if (System.nanoTime() - before > LIMIT_NANOS) {
        throw new IOException("no penalty came");
      }
      Thread.sleep(5);
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    say("the tower's penalty " + penalty + " is in the mempool, after " + millis + " ms");

    bitcoind.mine(1);
    Locator locator = appointment.locator();
    long confirmations =
        bitcoind.rpc("gettxout", penalty, 0).path("confirmations").asLong();
    if (confirmations != 1) {
      throw new IOException("the penalty did not confirm");
    }
    say(
        "the penalty is confirmed in block " + bitcoind.height() + ", and the tower says: "
            + user.get(locator).json().path("status").asText());
  }

  private void stayUp(Bitcoind bitcoind, URI api, Path data, Process tower)
      throws InterruptedException {
    System.out.printf(
        """

        The tower stays up until you press Ctrl-C. Try:
          curl -i %1$s/ping
          curl -s %1$s/register -d '{"user_id": "%2$s"}'
          tail -f %3$s
          %4$s/scripts/bitcoin-cli -regtest -datadir=%5$s -rpcport=%6$d -generate 1
        """,
        api,
        SecretKey.generate(new SecureRandom()).publicKey(),
        data.resolve("regtest/teos.log"),
        root,
        bitcoind.dataDir(),
        bitcoind.rpcPort());
    tower.waitFor();
  }

  private static void end(Process tower, Bitcoind bitcoind) {
    tower.destroy();
    try {
      tower.waitFor(20, TimeUnit.SECONDS);
      bitcoind.close();
    } catch (IOException e) {
      System.err.println(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
