package teos.teosd.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import teos.bitcoin.NodeStatus;
import teos.config.Config;
import teos.teosd.TeosDaemon;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;
import teos.testkit.PostgresServer;

@Tag("postgres")
class TowerStorageTest {

  private static final String DATABASE = "tower_storage";

  /** Makes the server report a damaged table for each write of the lease. */
  private static final String DAMAGE_LEASE =
      "CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS"
          + " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''data_corrupted''; END';"
          + " CREATE TRIGGER damaged BEFORE UPDATE ON lease"
          + " FOR EACH ROW EXECUTE FUNCTION damaged()";

  @TempDir Path folder;

  private TowerStorage open(Config config) throws StartupException {
    return TowerStorage.open(config, new NodeStatus()::state, new StartupProgress(), () -> {});
  }

  @Test
  @Timeout(60)
  void open_damagedLease_failsWithTheExitCodeOfADamagedDatabase() throws Exception {
    PostgresServer server = PostgresServer.shared();
    Map<String, String> settings =
        Map.of(
            "database_url",
            server.url(DATABASE),
            "btc_rpc_user",
            "nobody",
            "btc_rpc_password",
            "nothing");
    Config config = TeosDaemon.getConfig(settings, folder);
    Files.createDirectories(config.dataDir());
    open(config).close();
    server.query(DATABASE, DAMAGE_LEASE);
    StartupException refused = assertThrows(StartupException.class, () -> open(config));
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATABASE_DAMAGED);
    assertThat(refused).hasMessageContaining("cannot read or write the lease");
  }
}
