package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import teos.teosd.process.ExitCode;
import teos.testkit.Bitcoind;
import teos.testkit.FreePort;
import teos.testkit.PostgresServer;
import teos.testkit.TowerUser;
import teos.testkit.junit.TestBitcoind;
import teos.testkit.junit.TestPostgres;

/** PostgreSQL that becomes unavailable: the tower waits for it, and accepts nothing meanwhile. */
@Tag("bitcoind")
@Tag("postgres")
@ResourceLock(value = LogLines.LOG, mode = ResourceAccessMode.READ)
class DatabaseAwayTest {

  private static final int FEE_RATE = 10;

  @TestBitcoind private static Bitcoind bitcoind;
  @TestPostgres private static PostgresServer server;

  @TempDir Path dataDir;

  @Test
  void continuesWhenTheDatabaseIsBack() throws Exception {
    try (RunningTower tower =
        RunningTower.start(bitcoind, dataDir, Map.of("database_url", server.url("away")))) {
      BreachFixture watched = BreachFixture.watched(bitcoind, tower, FEE_RATE);
      BreachFixture late = BreachFixture.opened(bitcoind, tower, FEE_RATE);
      server.kill();
      TowerUser.Reply refused =
          late.user()
              .send(
                  late.user()
                      .appointment(
                          late.channel().commitmentTxid(), late.channel().penalty(FEE_RATE)));
      assertThat(refused.status()).isEqualTo(503);
      watched.breach(); // cannot be looked up now
      server.restart();
      watched.awaitPenaltyInMempool();
      late.send();
      late.breach();
      late.awaitPenaltyInMempool();
      BreachFixture.awaitHeight(bitcoind, tower);
      assertThat(tower.stop()).isZero();
    }
  }

  @Test
  void doesNotStartWithoutTheDatabase() throws Exception {
    int free = FreePort.find();
    String url = "jdbc:postgresql://127.0.0.1:" + free + "/teos?user=teos&password=secret";
    try (TowerProcess tower =
        TowerProcess.start(bitcoind, dataDir, FreePort.find(), Map.of("database_url", url))) {
      assertThat(tower.awaitExit()).isEqualTo(ExitCode.DATABASE.code());
      assertThat(tower.output())
          .contains("cannot open the database jdbc:postgresql://127.0.0.1:" + free + "/teos")
          .doesNotContain("secret");
    }
  }
}
