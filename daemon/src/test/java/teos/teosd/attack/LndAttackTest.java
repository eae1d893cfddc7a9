package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.common.KeyFile;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.teosd.lnd.LndClient;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.wtwire.ErrorCode;
import teos.wtwire.Message;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.CreateSessionReply;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;

/** Attacks on the lnd port, all from this machine's address, like connections through Tor. */
@Tag("bitcoind")
class LndAttackTest {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BLOB = 24 + 274 + 16;
  private static final int UPDATES = 1_024;
  private static final int MAX_SESSIONS = 60;
  private static final int MAX_ATTEMPTS = 200;

  private static Bitcoind bitcoind;
  private static AttackedTower tower;
  private static PublicKey towerId;
  private static int port;

  @BeforeAll
  static void start(@TempDir Path dataDir) throws Exception {
    bitcoind = Bitcoind.start(AttackedTower.BITCOIND);
    bitcoind.mine(120);
    port = FreePort.find();
    tower =
        AttackedTower.start(
            bitcoind,
            dataDir,
            Map.of(
                "lnd_support",
                "",
                "lnd_port",
                Integer.toString(port),
                "lnd_max_sessions",
                Integer.toString(MAX_SESSIONS),
                "limit_registrations",
                "0"));
    towerId =
        new KeyFile(dataDir.resolve("regtest").resolve("teos_sk.der"), "teos_sk.der")
            .load()
            .publicKey();
  }

  @AfterAll
  static void stop() throws Exception {
    tower.close();
    bitcoind.close();
  }

  @Test
  void silentConnectionsDoNotLockOutClients() throws Exception {
    SecretKey session = SecretKey.generate(RANDOM);
    Victim victim = new Victim(tower, Dialect.V2, 20);
    LndLockOut attack = new LndLockOut(port, 1_200);
    try (attack) {
      attack.begin();
      assertThat(create(session)).isEqualTo(ErrorCode.OK);
      for (int i = 1; i <= 20; i++) {
        assertThat(send(session, i)).isEqualTo(ErrorCode.OK);
      }
    }
    AttackCheck.survives(tower, victim, new LndLockOut(port, 1_200));
    assertThat(send(session, 21)).isEqualTo(ErrorCode.OK);
  }

  @Test
  void unusedSessionsOfStrangersExpire() throws Exception {
    SecretKey used = SecretKey.generate(RANDOM);
    SecretKey idle = SecretKey.generate(RANDOM);
    assertThat(create(used)).isEqualTo(ErrorCode.OK);
    assertThat(send(used, 1)).isEqualTo(ErrorCode.OK);
    assertThat(create(idle)).isEqualTo(ErrorCode.OK);
    while (create(SecretKey.generate(RANDOM)) == ErrorCode.OK) {
      // until the maximum number of sessions is reached
    }

    assertThat(send(idle, 1)).isEqualTo(ErrorCode.OK);
    bitcoind.mine(145);
    SecretKey late = SecretKey.generate(RANDOM);
    for (int i = 0; create(late) != ErrorCode.OK; i++) {
      assertThat(i).as("the tower sees the blocks").isLessThan(MAX_ATTEMPTS);
      Thread.sleep(50);
    }

    assertThat(send(late, 1)).isEqualTo(ErrorCode.OK);
    assertThat(send(used, 2)).isEqualTo(ErrorCode.OK);
    assertThat(send(idle, 2)).isEqualTo(ErrorCode.OK);
  }

  private static ErrorCode create(SecretKey session) throws Exception {
    return ((CreateSessionReply) ask(session, new CreateSession(0b10, UPDATES, 0, 0, 2_500)))
        .code();
  }

  private static ErrorCode send(SecretKey session, int sequence) throws Exception {
    byte[] hint = new byte[Locator.LENGTH];
    byte[] blob = new byte[BLOB];
    RANDOM.nextBytes(hint);
    RANDOM.nextBytes(blob);
    StateUpdate update = new StateUpdate(sequence, sequence - 1, true, new Locator(hint), blob);
    return ((StateUpdateReply) ask(session, update)).code();
  }

  /** Sends a message and reconnects if the connection is lost, as lnd does. */
  private static Message ask(SecretKey session, Message message) throws Exception {
    for (int i = 0; ; i++) {
      try (LndClient client = LndClient.connect(port, towerId, session, LndClient.REGTEST)) {
        return client.ask(message);
      } catch (IOException e) {
        if (i == MAX_ATTEMPTS) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }
}
