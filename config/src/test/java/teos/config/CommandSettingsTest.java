package teos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A command neither requires nor checks settings that it does not use. */
class CommandSettingsTest {

  @TempDir Path folder;
  private ConfigFixture fixture;

  @BeforeEach
  void noLogin() throws Exception {
    fixture = new ConfigFixture(folder);
    Files.delete(fixture.home.resolve(".bitcoin/.cookie"));
  }

  private Config load(TeosdCommand command) throws ConfigException {
    return ConfigLoader.load(
        command, fixture.commandLine, new Environment(Map.of()), fixture.dataDir, fixture.home);
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "BACKUP", "RESTORE"})
  void needsNoLoginForBitcoind(TeosdCommand command) throws ConfigException {
    assertThat(load(command).bitcoind().auth()).isEqualTo(new RpcAuth.None());
    assertThat(fixture.loadError()).contains("no login for bitcoind");
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "BACKUP", "RESTORE"})
  void ignoresUnusedSettings(TeosdCommand command) throws ConfigException {
    fixture.toml("btc_rpc_user = 'half'", "api_tls_key = 'key.pem'", "polling_delta = 'soon'");
    assertThat(load(command).dataDir()).isEqualTo(fixture.dataDir);
    assertThat(fixture.loadError()).contains("polling_delta");
  }

  @Test
  void checksUsedSettings() throws ConfigException {
    fixture.toml("database_path = '/elsewhere/db'", "btc_network = 'mars'");
    assertThatThrownBy(() -> load(TeosdCommand.STOP)).hasMessageContaining("mars");
    fixture.flag("btc_network", "regtest");
    assertThatThrownBy(() -> load(TeosdCommand.BACKUP)).hasMessageContaining("mars");
    fixture.toml("database_path = '/elsewhere/db'");
    assertThat(load(TeosdCommand.BACKUP).files().database()).isEqualTo(Path.of("/elsewhere/db"));
    fixture.toml("databse_path = '/elsewhere/db'");
    assertThatThrownBy(() -> load(TeosdCommand.RESTORE)).hasMessageContaining("databse_path");
  }

  @ParameterizedTest
  @EnumSource(names = {"STOP", "BACKUP"})
  void stopAndBackupOnlyWarnOfUnknownKeys(TeosdCommand command) throws ConfigException {
    fixture.toml("databse_path = '/elsewhere/db'");
    assertThat(load(command).warnings())
        .singleElement()
        .asString()
        .contains("databse_path", "line 1", "did you mean database_path?")
        .doesNotContain("elsewhere");
  }

  @Test
  void operatorSettingsChecksOnlyWhatItUses() throws ConfigException {
    fixture.toml("rpc_port = 1234", "api_port = 99999", "btc_rpc_port = 'junk'", "rpc_prot = 1");
    OperatorSettings settings = ConfigLoader.operatorSettings(Map.of(), fixture.dataDir);
    assertThat(settings.rpc().port()).isEqualTo(1234);
    assertThat(settings.warnings()).singleElement().asString().contains("did you mean rpc_port?");
    Map<String, String> wrong = Map.of("rpc_port", "junk");
    assertThatThrownBy(() -> ConfigLoader.operatorSettings(wrong, fixture.dataDir))
        .hasMessageContaining("junk");
  }

  @Test
  void importNeedsLoginForBitcoind() {
    assertThatThrownBy(() -> load(TeosdCommand.IMPORT))
        .hasMessageContaining("no login for bitcoind");
  }
}
