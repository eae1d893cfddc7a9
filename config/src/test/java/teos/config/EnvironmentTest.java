package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.HostPort;

class EnvironmentTest {

  private final Path folder;
  private final ConfigFixture fixture;

  EnvironmentTest(@TempDir Path folder) {
    this.folder = folder;
    fixture = new ConfigFixture(folder);
  }

  @Test
  void variableOverridesFileAndIsOverriddenByCommandLine() throws ConfigException {
    fixture
        .conf("[teos]", "btc_rpc_connect = of.file", "api_port = 1111", "rpc_port = 2222")
        .variable("TEOS_BTC_RPC_CONNECT", "of.variable")
        .variable("TEOS_API_PORT", "3333")
        .variable("TEOS_BTC_RPC_USER", "u")
        .variable("TEOS_BTC_RPC_PASSWORD", "p")
        .flag("api_port", "4444");
    Config config = fixture.load();

    assertThat(config.bitcoind().rpc().host()).isEqualTo("of.variable");
    assertThat(config.bitcoind().auth()).isEqualTo(new RpcAuth.UserPassword("u", "p"));
    assertThat(config.api().port()).isEqualTo(4444);
    assertThat(config.rpc().port()).isEqualTo(2222);
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void everySettingHasAVariable() {
    for (Setting setting : Setting.values()) {
      String name = "TEOS_" + setting.key().toUpperCase(Locale.ROOT);
      assertThat(new Environment(Map.of(name, "x")).settings())
          .extracting(RawSetting::key)
          .containsExactly(setting.key());
    }
    assertThat(new Environment(Map.of("TEOS_SECRET_KEY", "x")).settings())
        .extracting(RawSetting::key)
        .containsExactly("teos_secret_key");
  }

  @Test
  void emptyVariableCountsAsNotSet() throws ConfigException {
    fixture.toml("api_bind = '::1'").variable("TEOS_API_BIND", "").variable("TEOS_API_PORT", "");
    assertThat(fixture.load().api()).isEqualTo(new HostPort("::1", 9814));
  }

  @Test
  void invalidValue_errorNamesTheVariable() {
    assertThat(fixture.variable("TEOS_API_PORT", "tcp://10.0.0.1:9814").loadError())
        .startsWith("api_port = \"tcp://10.0.0.1:9814\" (TEOS_API_PORT): expected a whole number");
    ConfigFixture secret = new ConfigFixture(folder.resolve("b"));
    assertThat(secret.variable("TEOS_BTC_RPC_PASSWORD", "22072207").loadError())
        .contains("btc_rpc_password (TEOS_BTC_RPC_PASSWORD)", "btc_rpc_user")
        .doesNotContain("2207");
  }

  @Test
  void loginInVariablesOverridesTheOtherKindInTheFile() throws ConfigException {
    fixture.toml("btc_rpc_cookie = '/c'").variable("TEOS_BTC_RPC_USER", "u");
    fixture.variable("TEOS_BTC_RPC_PASSWORD", "p");
    assertThat(fixture.load().bitcoind().auth()).isEqualTo(new RpcAuth.UserPassword("u", "p"));

    ConfigFixture other = new ConfigFixture(folder.resolve("b"));
    other.toml("btc_rpc_user = 'u'", "btc_rpc_password = 'p'");
    other.variable("TEOS_BTC_RPC_COOKIE", "/v");
    assertThat(other.load().bitcoind().auth()).isEqualTo(new RpcAuth.Cookie(Path.of("/v")));
    assertThat(other.variable("TEOS_BTC_RPC_USER", "u").loadError())
        .contains("TEOS_BTC_RPC_COOKIE", "TEOS_BTC_RPC_USER", "exclude each other");
  }

  @Test
  void commandLineOnlySettingIsIgnoredWithAWarning() throws ConfigException {
    Config config = fixture.variable("TEOS_OVERWRITE_KEY", "true").load();
    assertThat(config.mode().overwriteKey()).isFalse();
    assertThat(config.warnings())
        .singleElement()
        .asString()
        .contains("TEOS_OVERWRITE_KEY", "--overwritekey");
  }

  @Test
  void warnsOfMisspelledVariableAndIgnoresOthers() throws ConfigException {
    fixture
        .variable("TEOS_BTC_RPC_CONECT", "secret")
        .variable("TEOS_SERVICE_HOST", "10.0.0.1")
        .variable("TEOS_PORT", "tcp://10.0.0.1:9814")
        .variable("TEOS_JAVA_OPTS", "-Xmx1g")
        .variable("TEOS_DATADIR", "/d")
        .variable("OTHER_API_PORT", "1");
    assertThat(fixture.load().warnings())
        .containsExactly(
            "unknown environment variable TEOS_BTC_RPC_CONECT; did you mean TEOS_BTC_RPC_CONNECT?");
  }

  @Test
  void ofOperator_prefersTheHomeFolderToTheService() throws Exception {
    Path home = Files.createDirectory(folder.resolve("h"));
    Path service = folder.resolve("service");
    assertThat(DefaultFolder.ofOperator(home, service)).isEqualTo(home.resolve(".teos"));
    Files.createDirectory(service);
    assertThat(DefaultFolder.ofOperator(home, service)).isEqualTo(service);
    Files.createDirectory(home.resolve(".teos"));
    assertThat(DefaultFolder.ofOperator(home, service)).isEqualTo(home.resolve(".teos"));
  }
}
