package teos.teosd.attack;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

@Tag("bitcoind")
class UnrelayedPenaltiesTest {

  /** Enough slots for all the strangers to register. */
  private static final Map<String, String> CAPACITY = Map.of("max_appointments", "20000000");

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @Test
  void largePenaltiesOfStrangersDoNotStopTheVictims() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
      Victim victim = new Victim(tower, Dialect.V2, 12);
      AttackCheck.survives(tower, victim, new LargePenalties(tower, 40, 8));
    }
  }

  @Test
  void refusedPenaltiesOfStrangersDoNotStopTheVictims() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, CAPACITY)) {
      Victim victim = new Victim(tower, Dialect.V2, 12);
      AttackCheck.survives(tower, victim, new RefusedPenalties(tower, 1_000));
    }
  }
}
