package teos.teosd.attack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.TowerUser;

/** Blobs under one locator that together exceed the tower's memory. */
@Tag("bitcoind")
class LargeBlobsTest {

  private static final int USERS = Integer.getInteger("teos.attack.users", 250);

  /** High enough that even the last of hundreds of users is granted enough slots. */
  private static final Map<String, String> CAPACITY = Map.of("max_appointments", "10000000");

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @Test
  void largeGarbageUnderTheVictimsLocatorsStopsNoPenalty() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, CAPACITY)) {
      Victim victim = new Victim(tower, Dialect.V2, 20);
      List<LightningChannel> now = List.of(victim.breach(), victim.breach());
      List<LightningChannel> whileStopped = List.of(victim.breach(), victim.breach());
      garbage(tower, List.of(now.getFirst(), whileStopped.getFirst()));

      bitcoind.mineBlockWith(now.stream().map(Victim::dispute).toList());
      for (LightningChannel breached : now) {
        victim.awaitPenalty(breached);
      }
      victim.assertRequestsAnswered();

      tower.stop();
      bitcoind.mineBlockWith(whileStopped.stream().map(Victim::dispute).toList());
      tower.startAgain();
      for (LightningChannel breached : whileStopped) {
        victim.awaitPenalty(breached);
      }
      victim.assertRequestsAnswered();
      tower.assertAlive();
    }
  }

  /** Stores garbage of all users under the first locator, and of most under the second. */
  private static void garbage(AttackedTower tower, List<LightningChannel> channels)
      throws Exception {
    try (Attacker attacker = new Attacker(tower.api(), 4)) {
      List<Callable<TowerUser.Reply>> requests = new ArrayList<>();
      List<TowerUser> users = attacker.register(USERS);
      for (int i = 0; i < users.size(); i++) {
        TowerUser user = users.get(i);
        for (LightningChannel channel : i % 3 == 0 ? channels.subList(0, 1) : channels) {
          requests.add(
              () ->
                  Attacker.send(
                      user,
                      Attacker.garbage(
                          Dialect.V2.locator(channel.commitmentTxid()), Attacker.LARGE_BLOB)));
        }
      }
      attacker.all(requests);
    }
  }
}
