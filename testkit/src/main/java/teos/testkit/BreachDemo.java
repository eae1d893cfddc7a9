package teos.testkit;

import java.io.IOException;
import java.net.URI;
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
 * Demonstrates a breach step by step: a bitcoind on regtest, a tower, a user, and a cheater who
 * publishes a revoked commitment. Afterwards the tower keeps running for experiments until the
 * program is stopped; with {@code --once} the program exits instead.
 */
public final class BreachDemo {

  private static final int DEFAULT_WEB_PORT = 9815;
  private static final int STEPS = 9;
  private static final int FEE_RATE = 10;

  private final Path root;
  private int step;

  private BreachDemo(Path root) {
    this.root = root;
  }

  /** Runs {@code BreachDemo ROOT [--once]}, where {@code ROOT} is the project's folder. */
  public static void main(String... args) throws Exception {
    boolean once = Arrays.asList(args).contains("--once");
    new BreachDemo(Path.of(args[0])).run(once);
  }

  private void run(boolean once) throws Exception {
    Path data = Files.createTempDirectory("java-teos-demo-");
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      printStep("bitcoind is up on regtest, at block " + bitcoind.height());
      int page = TowerProgram.preferredOrFreePort(DEFAULT_WEB_PORT);
      try (TowerProgram tower =
          TowerProgram.start(root, bitcoind, data, "--webport=" + page, "--diskreserve=0")) {
        printStep("teosd is up: its API is at " + tower.api() + ", its log in " + log(data));
        printStep("the dashboard, which will show the breach: http://127.0.0.1:" + page + "/");
        playBreach(bitcoind, tower.api());
        if (!once) {
          keepRunning(bitcoind, tower, data);
        }
      }
    }
  }

  private static Path log(Path data) {
    return data.resolve("regtest/teos.log");
  }

  private void printStep(String text) {
    step++;
    System.out.printf("[%d/%d] %s%n", step, STEPS, text);
  }

  private void playBreach(Bitcoind bitcoind, URI api) throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    TowerUser user = new TowerUser(api, Dialect.V2, SecretKey.generate(new SecureRandom()));
    TowerUser.Reply registered = user.register();
    printStep(
        "a user has registered, with "
            + registered.json().path("available_slots").asText()
            + " slots, until block "
            + registered.json().path("subscription_expiry").asText());

    Appointment appointment = user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE));
    TowerUser.Receipt receipt = user.sendForReceipt(appointment);
    printStep("the appointment " + appointment.locator() + " is on the tower's disk");
    printStep("the receipt is signed by the tower " + receipt.signedBy());

    bitcoind.rpc("sendrawtransaction", HexFormat.of().formatHex(channel.commitment()));
    long before = System.nanoTime();
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    printStep(
        "the cheater's revoked commitment "
            + channel.commitmentTxid()
            + " is in block "
            + bitcoind.height());

    String penalty = channel.penaltyTxid(FEE_RATE).toString();
    while (!bitcoind.mempool().contains(penalty)) {
      if (System.nanoTime() - before > TestTimeouts.EVENT.toNanos()) {
        throw new IOException("the tower did not broadcast the penalty");
      }
      Thread.sleep(5);
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    printStep("the tower's penalty " + penalty + " is in the mempool, after " + millis + " ms");

    bitcoind.mine(1);
    Locator locator = appointment.locator();
    long confirmations = bitcoind.rpc("gettxout", penalty, 0).path("confirmations").asLong();
    if (confirmations != 1) {
      throw new IOException("the penalty did not confirm");
    }
    printStep(
        "the penalty is confirmed in block "
            + bitcoind.height()
            + ", and the tower reports the status "
            + user.get(locator).json().path("status").asText());
  }

  private void keepRunning(Bitcoind bitcoind, TowerProgram tower, Path data)
      throws InterruptedException {
    System.out.printf(
        """

        The tower keeps running until you press Ctrl-C. Try:
          curl -i %1$s/ping
          curl -s %1$s/register -d '{"user_id": "%2$s"}'
          %4$s/bin/teos-cli --datadir %7$s --rpcport %8$d get_all_appointments
          tail -f %3$s
          %4$s/scripts/bitcoin-cli -regtest -datadir=%5$s -rpcport=%6$d -generate 1
        """,
        tower.api(),
        SecretKey.generate(new SecureRandom()).publicKey(),
        log(data),
        root,
        bitcoind.dataDir(),
        bitcoind.rpcPort(),
        data,
        tower.rpcPort());
    tower.join();
  }
}
