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
 * Plays a breach before one's eyes: a bitcoind on regtest, a tower, a user, and a cheater who
 * publishes a revoked commitment. The tower stays up afterwards, for trying things, until the
 * program is stopped; with {@code --once} it ends by itself.
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

  /** {@code BreachDemo ROOT [--once]}, with the project's folder as {@code ROOT}. */
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
        printStep("its page, on which the breach is seen: http://127.0.0.1:" + page + "/");
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

  private void printStep(String what) {
    step++;
    System.out.printf("[%d/%d] %s%n", step, STEPS, what);
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
    printStep("the appointment " + appointment.locator() + " is with the tower, on disk");
    printStep("its receipt is signed by the tower " + receipt.signedBy());

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
        throw new IOException("no penalty came");
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
            + ", and the tower says: "
            + user.get(locator).json().path("status").asText());
  }

  private void keepRunning(Bitcoind bitcoind, TowerProgram tower, Path data)
      throws InterruptedException {
    System.out.printf(
        """

        The tower stays up until you press Ctrl-C. Try:
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
