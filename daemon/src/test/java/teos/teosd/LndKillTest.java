package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.common.KeyFile;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.lnd.LndClient;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.junit.TestBitcoind;
import teos.wtwire.ErrorCode;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;

/** The real program is killed while lnd clients send updates: no acknowledged update is lost. */
@Tag("bitcoind")
@Tag("soak")
class LndKillTest {

  private static final int KILLS = Integer.getInteger("teos.kills", 20) / 2;
  private static final int CLIENTS = 4;
  private static final int MAX_UPDATES = 65_535;

  /** A session may reserve at most 1/50 of the free capacity. */
  private static final int CAPACITY = 2 * 50 * MAX_UPDATES;

  private static final int BLOB = 24 + 274 + 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  @TestBitcoind(blocks = 110)
  private static Bitcoind bitcoind;

  @TempDir Path folder;

  /** A session that sends updates until the tower is killed. */
  private static final class Sender {
    private final SecretKey session = SecretKey.generate(RANDOM);
    private final int port;
    private final PublicKey tower;
    private int acknowledged;
    private String error = "";
    private Thread thread = new Thread(() -> {});

    Sender(int port, PublicKey tower) throws Exception {
      this.port = port;
      this.tower = tower;
      try (LndClient client = connect()) {
        client.ask(new CreateSession(0b10, MAX_UPDATES, 0, 0, 2_500));
      }
    }

    private LndClient connect() throws Exception {
      while (true) {
        try {
          return LndClient.connect(port, tower, session, LndClient.REGTEST);
        } catch (IOException e) {
          Thread.sleep(20); // the tower has not closed the previous connection yet
        }
      }
    }

    void begin() {
      thread = new Thread(this::send);
      thread.start();
    }

    private void send() {
      try (LndClient client = connect()) {
        while (true) {
          StateUpdate update = update(acknowledged + 1, acknowledged);
          StateUpdateReply reply = (StateUpdateReply) client.ask(update);
          if (reply.code() != ErrorCode.OK) {
            error = reply + " to " + update.sequence();
            return;
          }
          acknowledged = update.sequence();
        }
      } catch (IOException e) {
        // the tower was killed
      } catch (Exception e) {
        error = e.toString();
      }
    }

    /**
     * Returns the last applied update, which the tower reports when it refuses a number too far
     * ahead.
     */
    int stored() throws Exception {
      try (LndClient client = connect()) {
        StateUpdateReply reply = (StateUpdateReply) client.ask(update(MAX_UPDATES, acknowledged));
        assertThat(reply.code()).isEqualTo(ErrorCode.SEQUENCE_OUT_OF_ORDER);
        return reply.lastApplied();
      }
    }
  }

  private static StateUpdate update(int sequence, int lastApplied) {
    byte[] hint = new byte[Locator.LENGTH];
    byte[] blob = new byte[BLOB];
    RANDOM.nextBytes(hint);
    RANDOM.nextBytes(blob);
    return new StateUpdate(sequence, lastApplied, false, new Locator(hint), blob);
  }

  private TowerProcess tower(int port, int lndPort) throws Exception {
    TowerProcess tower =
        TowerProcess.start(
            bitcoind,
            folder,
            port,
            Map.of(
                "lnd_support", "",
                "lnd_port", Integer.toString(lndPort),
                "max_appointments", Integer.toString(CAPACITY)));
    tower.awaitReady();
    return tower;
  }

  @Test
  void keepsEveryAcknowledgedUpdate() throws Exception {
    int port = FreePort.find();
    int lndPort = FreePort.find();
    List<Sender> senders = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      try (TowerProcess tower = tower(port, lndPort)) {
        while (senders.size() < CLIENTS) {
          senders.add(new Sender(lndPort, id()));
        }
        for (Sender sender : senders) {
          // At most one more: an update whose reply was lost.
          assertThat(sender.stored()).isBetween(sender.acknowledged, sender.acknowledged + 1);
          sender.begin();
        }
        Thread.sleep(ThreadLocalRandom.current().nextInt(50, 500));
        tower.signal("KILL");
        for (Sender sender : senders) {
          sender.thread.join();
          assertThat(sender.error).isEmpty();
        }
      }
    }
    assertThat(senders).allMatch(sender -> sender.acknowledged > 0);
  }

  private PublicKey id() throws IOException {
    return new KeyFile(folder.resolve("regtest/teos_sk.der"), "the tower's key").load().publicKey();
  }
}
