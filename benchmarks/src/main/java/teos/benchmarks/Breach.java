package teos.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import teos.protocol.Bundle;
import teos.testkit.Bitcoind;
import teos.testkit.BitcoindRpcException;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * Channel whose penalty a tower stores, and whose cheating side then publishes a revoked
 * commitment.
 *
 * @param penaltyTxid in display order; kept because computing it again would sign the penalty again
 */
public record Breach(Bitcoind bitcoind, LightningChannel channel, String penaltyTxid) {

  private static final int FEE_RATE = 10;
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** Opens channels for {@code count} breaches. */
  public static List<Breach> prepare(Bitcoind bitcoind, int count) {
    return LightningChannel.openMany(bitcoind, count).stream()
        .map(channel -> new Breach(bitcoind, channel, channel.penaltyTxid(FEE_RATE).toString()))
        .toList();
  }

  /** Sends the appointment as {@code user} and returns the receipt. */
  public TowerUser.Receipt sendAppointment(TowerUser user) throws Exception {
    return user.sendForReceipt(
        user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
  }

  /**
   * Sends an appointment with a fee ladder as {@code user} and returns the receipt.
   *
   * @param rungs number of penalties; the cheapest is the one that is awaited
   */
  public TowerUser.Receipt sendLadder(TowerUser user, int rungs) throws Exception {
    List<byte[]> penalties =
        IntStream.rangeClosed(1, rungs)
            .mapToObj(i -> channel.penalty((long) FEE_RATE * i))
            .toList();
    return user.sendForReceipt(
        user.appointment(channel.commitmentTxid(), Bundle.encode(penalties)));
  }

  /** Returns the raw dispute transaction, hex. */
  public String dispute() {
    return HexFormat.of().formatHex(channel.commitment());
  }

  /**
   * Mines a block with the dispute and blocks until the penalty is in the mempool.
   *
   * @return the time from the block to the penalty, ms
   * @throws IOException if no penalty appears within two minutes
   */
  public long mineAndAwaitPenalty() throws IOException, InterruptedException {
    bitcoind.mineBlockWith(List.of(dispute()));
    return awaitPenalty();
  }

  /**
   * Blocks until the penalty is in the mempool.
   *
   * @return how long that takes, ms
   * @throws IOException if no penalty appears within two minutes
   */
  public long awaitPenalty() throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!hasPenalty()) {
      if (System.nanoTime() - start > TIMEOUT.toNanos()) {
        throw new IOException(
            "no penalty in the mempool within " + TIMEOUT.toMinutes() + " minutes");
      }
      Thread.sleep(1);
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  /** Returns whether the penalty is in the mempool. */
  public boolean hasPenalty() {
    try {
      bitcoind.rpc("getmempoolentry", penaltyTxid);
      return true;
    } catch (BitcoindRpcException e) {
      return false; // not yet
    }
  }
}
