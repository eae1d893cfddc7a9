package teos.teosd.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import teos.protocol.PublicKey;
import teos.teosd.TeosDaemon;
import teos.testkit.TowerUser;
import teos.tower.database.Database;

/** Attack: a user with very many appointments repeatedly requests the list of all of them. */
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
  private Repeated senders = new Repeated(0, () -> {});

  /**
   * @param callers number of concurrent requests
   */
  public LongSubscription(AttackedTower tower, int appointments, int callers) {
    this.tower = tower;
    this.appointments = appointments;
    this.callers = callers;
    this.attacker = new Attacker(tower.api(), callers);
  }

  /**
   * Writes the appointments directly into the database, because sending them would take minutes.
   */
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
    senders = new Repeated(callers, user::subscription);
    senders.await(callers);
  }

  private void fill(PublicKey user) throws Exception {
    Map<String, String> settings =
        Map.of(
            "btc_network", "regtest", "btc_rpc_cookie", tower.bitcoind().cookieFile().toString());
    Path file = TeosDaemon.getConfig(settings, tower.dataDir()).files().database();
    try (Database database = Database.open(file)) {
      database.write(handle -> handle.execute(FILL, appointments, user.bytes()));
    }
  }

  @Override
  public void close() throws IOException {
    senders.close();
    attacker.close();
  }
}
