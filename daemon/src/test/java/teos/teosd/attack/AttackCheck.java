package teos.teosd.attack;

import java.util.ArrayList;
import java.util.List;
import teos.testkit.LightningChannel;

/**
 * Checks that an attack does no harm: the victim's penalty reaches the mempool and the victim's
 * requests are answered, during the attack and after a restart.
 */
public final class AttackCheck {

  private AttackCheck() {}

  /** Starts {@code attack}, checks the victim, restarts the tower and checks again. */
  public static void survives(AttackedTower tower, Victim victim, Attack attack) throws Exception {
    try (attack) {
      attack.begin();
      round(tower, victim, attack);
      LightningChannel missed = victim.breach();
      tower.stop();
      mine(tower, missed, attack); // while the tower is stopped
      tower.startAgain();
      victim.awaitPenalty(missed);
      round(tower, victim, attack);
    }
  }

  /**
   * Mines a breach in one block with the attacker's transactions and checks requests before and
   * after.
   */
  public static void round(AttackedTower tower, Victim victim, Attack attack) throws Exception {
    victim.assertRequestsAnswered();
    LightningChannel breached = victim.breach();
    mine(tower, breached, attack);
    victim.assertRequestsAnswered();
    victim.awaitPenalty(breached);
    victim.assertRequestsAnswered();
    tower.assertAlive();
  }

  private static void mine(AttackedTower tower, LightningChannel breached, Attack attack)
      throws Exception {
    List<String> transactions = new ArrayList<>(attack.nextDisputes());
    transactions.add(Victim.dispute(breached));
    tower.bitcoind().mineBlockWith(transactions);
  }
}
