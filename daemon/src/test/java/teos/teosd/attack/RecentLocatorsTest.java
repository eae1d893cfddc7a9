package teos.teosd.attack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;

/** Appointments for recent transactions, sent faster than blocks can be read. */
@Tag("bitcoind")
class RecentLocatorsTest {

  private static final int CONNECTIONS = Integer.getInteger("teos.attack.connections", 150);
  private static final int TRANSACTIONS = 3_000;

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @Test
  void appointmentsForRecentTransactionsStopNoPenalty() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
      Victim victim = new Victim(tower, Dialect.V2, 20);
      try (RecentLocators attack = new RecentLocators(tower, CONNECTIONS, TRANSACTIONS)) {
        attack.begin();
        checkLateAppointment(victim);
        AttackCheck.round(tower, victim, attack);
        LightningChannel missed = victim.breach();
        tower.stop();
        bitcoind.mineBlockWith(List.of(Victim.dispute(missed)));
        tower.startAgain();
        victim.awaitPenalty(missed);
        checkLateAppointment(victim);
        AttackCheck.round(tower, victim, attack);
      }
    }
  }

  /** Sends the victim's appointment after its dispute and waits for the penalty. */
  private static void checkLateAppointment(Victim victim) throws Exception {
    LightningChannel channel = victim.unsent();
    bitcoind.mineBlockWith(List.of(Victim.dispute(channel)));
    victim.send(channel);
    victim.awaitPenalty(channel);
  }
}
