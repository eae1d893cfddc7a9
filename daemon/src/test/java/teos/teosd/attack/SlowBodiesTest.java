package teos.teosd.attack;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;
import teos.testkit.Bitcoind;

@Tag("bitcoind")
class SlowBodiesTest {

  private static final int CONNECTIONS = Integer.getInteger("teos.attack.connections", 1_500);
  private static final int MILLIS_BETWEEN_BYTES = 8_000;

  @AttackBitcoind private static Bitcoind bitcoind;

  @TempDir Path dataDir;

  @Test
  void slowBodiesDoNotBlockOtherClients() throws Exception {
    try (AttackedTower tower = AttackedTower.start(bitcoind, dataDir, Map.of())) {
      AttackCheck.survives(
          tower,
          new Victim(tower, Dialect.V2, 20),
          new SlowBodies(tower, CONNECTIONS, MILLIS_BETWEEN_BYTES));
    }
  }
}
