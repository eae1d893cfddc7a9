package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Dialect;

class PrecedenceTest {

  private final ConfigFixture fixture;

  PrecedenceTest(@TempDir Path folder) {
    fixture = new ConfigFixture(folder);
  }

  @Test
  void fileOverridesDefault() throws ConfigException {
    assertThat(fixture.toml("api_port = 1111").load().api().port()).isEqualTo(1111);
  }

  @Test
  void commandLineOverridesFile() throws ConfigException {
    Config config =
        fixture
            .conf("[teos]", "api_port = 1111", "rpc_port = 3333")
            .flag("api_port", "2222")
            .load();

    assertThat(config.api().port()).isEqualTo(2222);
    assertThat(config.rpc().port()).isEqualTo(3333);
  }

  @Test
  void switchIsOnIfTheFileOrTheCommandLineTurnsItOn() throws ConfigException {
    fixture.toml("debug = false", "tor_support = true", "daemon = true");
    Config config = fixture.flag("debug", "true").load();

    assertThat(config.mode()).isEqualTo(new Config.Mode(true, false, false, true, false, false));
    assertThat(config.tor().support()).isTrue();
  }

  @Test
  void overwriteKeyAndForceUpdateWorkOnlyOnTheCommandLine() throws ConfigException {
    fixture.toml("overwrite_key = true", "force_update = true");

    Config ofFile = fixture.load();
    assertThat(ofFile.mode().overwriteKey()).isFalse();
    assertThat(ofFile.mode().forceUpdate()).isFalse();
    assertThat(ofFile.warnings()).hasSize(2);
    assertThat(ofFile.warnings().getFirst())
        .contains("overwrite_key", "teos.toml, line 1", "--overwritekey");

    Config ofFlags = fixture.flag("overwrite_key", "true").flag("force_update", "true").load();
    assertThat(ofFlags.mode().overwriteKey()).isTrue();
    assertThat(ofFlags.mode().forceUpdate()).isTrue();
  }

  @Test
  void overwriteKeyAndForceUpdate_switchedOffInTheFile_giveNoWarning() throws ConfigException {
    assertThat(fixture.toml("overwrite_key = false", "force_update = false").load().warnings())
        .isEmpty();
  }

  @Test
  void rejectsInvalidValueInTheFileEvenIfOverridden() {
    assertThat(fixture.toml("api_port = 0").flag("api_port", "1").loadError())
        .contains("api_port", "line 1");
  }

  @Test
  void acceptsPythonTeosSettingsWithoutEffectWithAWarning() throws ConfigException {
    fixture.conf("[teos]", "wsgi = waitress", "appointments_db_path = a", "users_db_path = u");

    assertThat(fixture.load().warnings())
        .hasSize(3)
        .allSatisfy(warning -> assertThat(warning).contains("has no effect", "teos.conf, line"));
    assertThat(fixture.flag("wsgi", "flask").loadError())
        .contains("wsgi", "\"flask\"", "--wsgi", "gunicorn, waitress");
  }

  @Test
  void rejectsTomlAndConfTogether() {
    assertThat(fixture.toml("").conf("").loadError())
        .contains(fixture.inDataDir("teos.toml").toString())
        .contains(fixture.inDataDir("teos.conf").toString());
  }

  @Test
  void internalApiHostHasTwoNames() throws ConfigException {
    assertThat(fixture.toml("internal_api_bind = '::1'").load().internalApi().endpoint().host())
        .isEqualTo("::1");
    assertThat(fixture.toml("internal_api_host = 'a'").load().internalApi().endpoint().host())
        .isEqualTo("a");
    assertThat(fixture.toml("internal_api_host = 'a'", "internal_api_bind = 'b'").loadError())
        .contains("internal_api_bind = \"b\"", "line 2", "twice", "internal_api_host", "line 1");
  }

  @Test
  void relativePathsStartInTheNetworksFolder() throws ConfigException {
    Config config =
        fixture
            .flag("btc_network", "signet")
            .toml(
                "log_file = '~/logs/teos.log'",
                "teos_secret_key = '/keys/../keys/sk.der'",
                "database_path = 'db/teos.sqlite'",
                "btc_rpc_cookie = 'cookie'")
            .load();

    assertThat(config.files().log()).isEqualTo(fixture.home.resolve("logs/teos.log"));
    assertThat(config.files().secretKey()).isEqualTo(Path.of("/keys/sk.der"));
    assertThat(config.files().database()).isEqualTo(fixture.inDataDir("signet/db/teos.sqlite"));
    assertThat(config.bitcoind().auth())
        .isEqualTo(new RpcAuth.Cookie(fixture.inDataDir("signet/cookie")));
  }

  @Test
  void feedAddressKeepsIpv6Brackets() throws ConfigException {
    fixture.toml("btc_feed_connect = '[::1]'", "btc_feed_port = 1", "default_dialect = 'v1'");

    assertThat(fixture.load().bitcoind().feed().orElseThrow().address()).hasToString("[::1]:1");
    assertThat(fixture.load().defaultDialect()).isEqualTo(Dialect.V1);
  }
}
