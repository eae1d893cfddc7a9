package teos.teosd.attack;

import com.google.common.util.concurrent.Uninterruptibles;
import fr.acinq.bitcoin.Transaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;
import teos.teosd.Eventually;
import teos.testkit.FundingUtxos;
import teos.testkit.TowerUser;

/**
 * Attack: many connections send appointments for transactions in the last blocks, which are large.
 */
public final class RecentLocators implements Attack {

  private static final int PADDING = 520;
  private static final int FEE = 200;
  private static final int BLOCKS = 6;
  private static final int USERS = 50;

  private final AttackedTower tower;
  private final FundingUtxos coins;
  private final int connections;
  private final List<Locator> locators = new CopyOnWriteArrayList<>();
  private final List<Thread> senders = new ArrayList<>();
  private final AtomicLong answered = new AtomicLong();
  private final Attacker attacker;

  /**
   * @param transactions number in each block, about 650 bytes each
   */
  public RecentLocators(AttackedTower tower, int connections, int transactions) {
    this.tower = tower;
    this.connections = connections;
    this.coins = new FundingUtxos(tower.bitcoind(), transactions, PADDING);
    this.attacker = new Attacker(tower.api(), 4);
  }

  @Override
  public void begin() throws Exception {
    for (int i = 0; i < BLOCKS; i++) {
      tower.bitcoind().mineBlockWith(nextDisputes());
    }
    List<TowerUser> users = attacker.register(USERS);
    for (int i = 0; i < connections; i++) {
      TowerUser user = users.get(i % users.size());
      senders.add(Thread.startVirtualThread(() -> send(user)));
    }
    long more = answered() + 5L * connections;
    Eventually.holds("attackers' appointments accepted", () -> answered() > more);
  }

  private void send(TowerUser user) {
    while (!Thread.currentThread().isInterrupted()) {
      Locator locator = locators.get(ThreadLocalRandom.current().nextInt(locators.size()));
      try {
        user.send(Attacker.garbage(locator, 200));
        answered.incrementAndGet();
      } catch (IOException e) {
        pause(); // refused, or the tower is restarting
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the number of the attacker's requests that the tower has answered. */
  public long answered() {
    return answered.get();
  }

  /** Returns the transactions of a large block and adds their locators to those used. */
  @Override
  public List<String> nextDisputes() {
    List<String> transactions = coins.spend(FEE);
    transactions.forEach(
        raw ->
            locators.add(
                Dialect.V2.locator(Txid.fromDisplayHex(Transaction.read(raw).txid.toString()))));
    return transactions;
  }

  @Override
  public void close() {
    senders.forEach(Thread::interrupt);
    attacker.close();
    senders.forEach(Uninterruptibles::joinUninterruptibly);
  }
}
