package teos.teosd.attack;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

class SlowBodiesTest {

  private static final int CONNECTIONS = Integer.getInteger("teos.attack.connections", 1_500);
  private static final int MILLIS_BETWEEN_BYTES = 8_000;

  private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @BeforeAll
  static void start() throws Exception {
    bitcoind = Bitcoind.start(AttackedTower.BITCOIND);
    bitcoind.mine(120);
  }

  @AfterAll
  static void stop() throws Exception {
    bitcoind.close();
  }

  @Test
  void bodiesThatComeByteByByteKeepNobodyOut() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
      AttackCheck.survives(
          tower,
          new Victim(tower, Dialect.V2, 20),
          new SlowBodies(tower, CONNECTIONS, MILLIS_BETWEEN_BYTES));
    }
  }
}
