package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import teos.protocol.PublicKey;
import teos.teosd.TeosDaemon;
import teos.testkit.TowerUser;
import teos.tower.store.Database;

/** A user with very many appointments asks for the list of all of them, again and again at once. */
public final class LongSubscription implements Attack {

  private static final String FILL =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
          + " INSERT INTO appointments (locator, user_id, encrypted_blob, to_self_delay,"
          + " user_signature, start_block) SELECT randomblob(16), ?, zeroblob(40), 144, '', 100"
          + " FROM n";

  private final AttackedTower tower;
  private final int appointments;
  private final int callers;
  private final Attacker attacker;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  /**
   * @param callers requests at a time
   */
  public LongSubscription(AttackedTower tower, int appointments, int callers) {
    this.tower = tower;
    this.appointments = appointments;
    this.callers = callers;
    this.attacker = new Attacker(tower.api(), callers);
  }

  /** Its appointments are put into the database: sending them would take minutes. */
  @Override
  public void begin() throws Exception {
    TowerUser user = attacker.register(1).getFirst();
    tower.stop();
    fill(user.id());
    tower.startAgain();
    TowerUser.Reply whole = user.subscription();
    assertThat(whole.status()).isEqualTo(200);
    assertThat(whole.json().path("locators")).hasSize(appointments);
    assertThat(whole.json().path("appointments")).isEqualTo(whole.json().path("locators"));
    CountDownLatch answered = new CountDownLatch(callers);
    for (int i = 0; i < callers; i++) {
      threads.add(Thread.ofVirtual().start(() -> ask(user, answered)));
    }
    answered.await();
  }

  private void fill(PublicKey user) throws Exception {
    Map<String, String> settings =
        Map.of(
            "btc_network", "regtest",
            "btc_rpc_cookie", tower.bitcoind().cookieFile().toString());
    Path file = TeosDaemon.getConfig(settings, tower.dataDir()).files().database();
    try (Database database = Database.open(file)) {
      database.write(handle -> handle.execute(FILL, appointments, user.bytes()));
    }
  }

  private void ask(TowerUser user, CountDownLatch answered) {
    while (!closed) {
      try {
        user.subscription();
        answered.countDown();
      } catch (IOException e) {
        Thread.onSpinWait(); // the tower is being started again
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() throws Exception {
    closed = true;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      thread.join();
    }
    attacker.close();
  }
}
