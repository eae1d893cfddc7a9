package teos.teosd.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import teos.testkit.FundingUtxos;
import teos.testkit.TowerUser;

/**
 * Attack: the attacker's own disputes, each with appointments of several users whose penalties are
 * valid but too large to be relayed.
 */
public final class LargePenalties implements Attack {

  private static final int PADDING = 490_000;
  private static final long FEE = 500;

  private final FundingUtxos coins;
  private final Attacker attacker;
  private final List<TowerUser> users;
  private List<String> disputes = List.of();

  /** Creates UTXOs for {@code disputeCount} disputes, and {@code userCount} users. */
  public LargePenalties(AttackedTower tower, int disputeCount, int userCount) throws Exception {
    this.coins = new FundingUtxos(tower.bitcoind(), disputeCount, 0);
    this.attacker = new Attacker(tower.api(), 4);
    this.users = attacker.register(userCount);
  }

  /** Sends the appointments for the next disputes. */
  @Override
  public void begin() throws Exception {
    List<String> next = coins.spend(FEE);
    List<Callable<TowerUser.Reply>> requests = new ArrayList<>();
    for (String dispute : next) {
      byte[] penalty = coins.child(dispute, FEE, PADDING);
      for (TowerUser user : users) {
        requests.add(() -> user.send(user.appointment(FundingUtxos.txid(dispute), penalty)));
      }
    }
    disputes = next; // even if the tower does not accept all of them
    attacker.all(requests);
  }

  @Override
  public List<String> nextDisputes() {
    List<String> next = disputes;
    disputes = List.of();
    return next;
  }

  @Override
  public void close() {
    attacker.close();
  }
}
