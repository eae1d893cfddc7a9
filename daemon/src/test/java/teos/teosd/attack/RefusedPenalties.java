package teos.teosd.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import teos.testkit.FundingUtxos;
import teos.testkit.TowerUser;

/**
 * Attack: one dispute of the attacker, with a penalty of each user that nodes refuse because it
 * pays no fee.
 */
public final class RefusedPenalties implements Attack {

  private static final long FEE = 500;

  private final FundingUtxos coins;
  private final Attacker attacker;
  private final List<TowerUser> users;
  private List<String> dispute = List.of();

  /** Creates {@code userCount} users, each with one appointment for each dispute. */
  public RefusedPenalties(AttackedTower tower, int userCount) throws Exception {
    this.coins = new FundingUtxos(tower.bitcoind(), 1, 0);
    this.attacker = new Attacker(tower.api(), 4);
    this.users = attacker.register(userCount);
  }

  /** Sends the appointments for the next dispute. */
  @Override
  public void begin() throws Exception {
    List<String> next = coins.spend(FEE);
    List<Callable<TowerUser.Reply>> requests = new ArrayList<>();
    for (int i = 0; i < users.size(); i++) {
      TowerUser user = users.get(i);
      byte[] penalty = coins.child(next.getFirst(), 0, 1 + i); // different for each user
      requests.add(() -> user.send(user.appointment(FundingUtxos.txid(next.getFirst()), penalty)));
    }
    dispute = next; // even if the tower does not accept all of them
    attacker.all(requests);
  }

  @Override
  public List<String> nextDisputes() {
    List<String> next = dispute;
    dispute = List.of();
    return next;
  }

  @Override
  public void close() {
    attacker.close();
  }
}
