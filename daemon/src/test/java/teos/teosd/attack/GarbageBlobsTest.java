package teos.teosd.attack;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

@Tag("bitcoind")
class GarbageBlobsTest {

  private static final int USERS = Integer.getInteger("teos.attack.users", 40);
  private static final int BYTES = 100_000;

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @Test
  void garbageUnderTheVictimsLocatorDoesNotStopItsPenalty() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
      Victim victim = new Victim(tower, Dialect.V2, 20);
      AttackCheck.survives(
          tower,
          victim,
          new GarbageBlobs(
              tower, () -> Dialect.V2.locator(victim.next().commitmentTxid()), USERS, BYTES));
    }
  }
}
