package teos.teosd.attack;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

@Tag("bitcoind")
@Tag("soak")
@DisabledIf(value = "teos.testkit.TestDatabase#isPostgres", disabledReason = "fills SQLite's file")
class LongSubscriptionTest {

  @TempDir Path dataDir;

  @Test
  void survivesSixConcurrentListsOf200000Locators() throws Exception {
    try (Bitcoind bitcoind = Bitcoind.start(AttackedTower.BITCOIND)) {
      bitcoind.mine(120);
      try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
        Victim victim = new Victim(tower, Dialect.V2, 10);
        AttackCheck.survives(tower, victim, new LongSubscription(tower, 200_000, 6));
      }
    }
  }
}
