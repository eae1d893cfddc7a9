package teos.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindRpcException;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * A channel of which a tower is told, and whose cheating side then publishes.
 *
 * @param penaltyTxid as bitcoind shows it; to work it out anew is to sign the penalty
 */
public record Breach(Bitcoind bitcoind, LightningChannel channel, String penaltyTxid) {

  private static final int FEE_RATE = 10;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Opens channels for {@code count} breaches. */
  public static List<Breach> prepare(Bitcoind bitcoind, int count) {
    return LightningChannel.openMany(bitcoind, count).stream()
        .map(channel -> new Breach(bitcoind, channel, channel.penaltyTxid(FEE_RATE).toString()))
        .toList();
  }

  /** Has {@code user} send the appointment, and asks for a receipt. */
  public TowerUser.Receipt promise(TowerUser user) throws Exception {
    return user.sendForReceipt(
        user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
  }

  /** The raw dispute, hex. */
  public String dispute() {
    return HexFormat.of().formatHex(channel.commitment());
  }

  /**
   * Mines a block with the dispute; the answer is how long it takes from then to the penalty, ms.
   *
   * @throws IOException if none comes
   */
  public long mineAndAwaitPenalty() throws IOException, InterruptedException {
    bitcoind.mineBlockWith(List.of(dispute()));
    return awaitPenalty();
  }

  /**
   * Waits until the penalty is in the mempool; the answer is how long that takes, ms.
   *
   * @throws IOException if none comes
   */
  public long awaitPenalty() throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!hasPenalty()) {
      if (System.nanoTime() - start > LIMIT.toNanos()) {
        throw new IOException("no penalty came within " + LIMIT.toMinutes() + " minutes");
      }
      Thread.sleep(1);
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  /** Whether the penalty is in the mempool. */
  public boolean hasPenalty() {
    try {
      bitcoind.rpc("getmempoolentry", penaltyTxid);
      return true;
    } catch (BitcoindRpcException e) {
      return false; // not yet
    }
  }
}
