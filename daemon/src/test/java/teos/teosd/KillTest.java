package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/**
 * The tower is killed (-9) between receipts and blocks, at random moments of taking appointments:
 * for each receipt that a user holds, the penalty comes after the restart.
 */
class KillTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 50);
  private static final int CHANNELS_A_ROUND = 8;
  private static final int FEE_RATE = 10;
  private static final int LONGEST_MILLIS = 40;

  @TempDir Path dataDir;

  @Test
  void nothingThatWasSignedForIsLost() throws Exception {
    long seed = Long.getLong("teos.seed", System.nanoTime());
    System.out.println("seed " + seed + ", kills " + KILLS);
    Random random = new Random(seed);
    SecretKey key = SecretKey.generate(new SecureRandom());
    int port = RunningTower.freePort();
    int honoured = 0;
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(120);
      Deque<LightningChannel> channels =
          new ArrayDeque<>(LightningChannel.openMany(bitcoind, KILLS * CHANNELS_A_ROUND));
      PublicKey towerId = null;
      for (int round = 0; round < KILLS; round++) {
        List<LightningChannel> receipts;
        try (TowerProcess tower = TowerProcess.start(bitcoind, dataDir, port, Map.of())) {
          tower.awaitReady();
          TowerUser user = new TowerUser(tower.api(), Dialect.V2, key);
          if (round % 10 == 0) {
            assertThat(user.register().status()).isEqualTo(200);
          }
          List<LightningChannel> mine = new ArrayList<>();
          for (int i = 0; i < CHANNELS_A_ROUND; i++) {
            mine.add(channels.removeFirst());
          }
          Sender sender = new Sender(user, mine);
          sender.start();
          sender.awaitFirstReceipt();
          Thread.sleep(random.nextInt(LONGEST_MILLIS));
          tower.kill9();
          receipts = sender.finish();
          for (PublicKey signer : sender.signers) {
            towerId = towerId == null ? signer : towerId;
            assertThat(signer).isEqualTo(towerId);
          }
        }
        // The breaches come while the tower is dead.
        bitcoind.mineBlockWith(
            receipts.stream()
                .map(channel -> HexFormat.of().formatHex(channel.commitment()))
                .toList());
        try (TowerProcess tower = TowerProcess.start(bitcoind, dataDir, port, Map.of())) {
          for (LightningChannel channel : receipts) {
            String penalty = channel.penaltyTxid(FEE_RATE).toString();
            Eventually.holds(
                "penalty of round " + round + ", seed " + seed,
                () -> bitcoind.mempool().contains(penalty));
            honoured++;
          }
          tower.kill9();
        }
        bitcoind.mine(1);
      }
      System.out.println(honoured + " receipts, all honoured after " + KILLS + " kills");
      assertThat(honoured).isGreaterThanOrEqualTo(KILLS);
    }
  }

  /** Sends appointments one after the other until the tower is gone. */
  private static final class Sender {
    private final TowerUser user;
    private final List<LightningChannel> channels;
    private final List<LightningChannel> receipts = new ArrayList<>();
    private final List<PublicKey> signers = new ArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final Thread thread = new Thread(this::send);

    Sender(TowerUser user, List<LightningChannel> channels) {
      this.user = user;
      this.channels = channels;
    }

    void start() {
      thread.start();
    }

    private void send() {
      try {
        for (LightningChannel channel : channels) {
          TowerUser.Receipt receipt =
              user.sendForReceipt(
                  user.appointment(channel.commitmentTxid(), channel.penalty(FEE_RATE)));
          receipts.add(channel);
          signers.add(receipt.signedBy());
          begun.countDown();
        }
      } catch (IOException e) {
        // killed: what has no receipt is no promise
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    void awaitFirstReceipt() throws InterruptedException {
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    }

    List<LightningChannel> finish() throws InterruptedException {
      thread.join();
      return receipts;
    }
  }
}
