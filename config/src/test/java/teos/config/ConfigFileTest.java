package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.protocol.HostPort;

class ConfigFileTest {

  private final ConfigFixture fixture;

  ConfigFileTest(@TempDir Path folder) {
    fixture = new ConfigFixture(folder);
  }

  @Test
  void pythonTeosTemplate() throws ConfigException {
    Config config =
        fixture
            .conf(
                "[bitcoind]",
                "btc_rpc_user = user",
                "btc_rpc_password = passwd",
                "btc_rpc_connect = localhost",
                "btc_network = mainnet",
                "",
                "# [zmq]",
                "btc_feed_protocol = tcp",
                "btc_feed_connect = localhost",
                "btc_feed_port = 28332",
                "",
                "[teos]",
                "api_bind = localhost",
                "api_port = 9814",
                "rpc_bind = localhost",
                "rpc_port = 8814",
                "subscription_slots = 100",
                "max_appointments = 1000000",
                "expiry_delta = 6",
                "min_to_self_delay = 20")
            .load();

    assertThat(config.bitcoind().auth()).isEqualTo(new RpcAuth.UserPassword("user", "passwd"));
    assertThat(config.bitcoind().rpc()).isEqualTo(new HostPort("localhost", 8332));
    assertThat(config.subscription()).isEqualTo(new Config.Subscription(100, 4320, 6));
    assertThat(config.api()).isEqualTo(new HostPort("localhost", 9814));
    assertThat(config.warnings()).isEmpty();
  }

  private static String[] rustTeosTemplate(String cookie) {
    return new String[] {
      "# API",
      "api_bind = \"127.0.0.1\"",
      "api_port = 9814",
      "tor_control_port = 9051",
      "onion_hidden_service_port = 9814",
      "tor_support = false",
      "rpc_bind = \"127.0.0.1\"",
      "rpc_port = 8814",
      "btc_network = \"mainnet\"",
      "btc_rpc_user = \"CSW\"",
      "btc_rpc_password = \"NotSatoshi\"",
      "btc_rpc_connect = \"localhost\"",
      cookie,
      "btc_rpc_port = 8332",
      "debug = false",
      "deps_debug = false",
      "overwrite_key = false",
      "subscription_slots = 10000",
      "subscription_duration = 4320",
      "expiry_delta = 6",
      "min_to_self_delay = 20",
      "polling_delta = 60",
      "internal_api_bind = \"127.0.0.1\"",
      "internal_api_port = 50051"
    };
  }

  @Test
  void rustTeosTemplate_withTwoLogins_isRejected() throws ConfigException {
    assertThat(
            fixture.toml(rustTeosTemplate("btc_rpc_cookie = \"~/.bitcoin/.cookie\"")).loadError())
        .contains("btc_rpc_cookie", "line 13", "btc_rpc_user", "line 10", "exclude each other")
        .doesNotContain("NotSatoshi");

    Config config = fixture.toml(rustTeosTemplate("")).load();
    assertThat(config.bitcoind().auth()).isEqualTo(new RpcAuth.UserPassword("CSW", "NotSatoshi"));
    assertThat(config.subscription()).isEqualTo(new Config.Subscription(10_000, 4320, 6));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void tomlTablesOnlyGroup() throws ConfigException {
    fixture.toml(
        "api_port = 1",
        "teos.rpc_port = 2",
        "[bitcoind]",
        "btc_network = 'regtest'",
        "btc_rpc_cookie = '/c'",
        "[empty]");
    Config config = fixture.load();

    assertThat(config.network()).isEqualTo(Network.REGTEST);
    assertThat(config.api().port()).isEqualTo(1);
    assertThat(config.rpc().port()).isEqualTo(2);
  }

  @Test
  void rejectsNestedTomlTables() {
    assertThat(fixture.toml("[a.b]", "api_port = 1").loadError())
        .contains("b (", "unknown setting");
    assertThat(fixture.toml("[api_port]", "api_port = 1").loadError())
        .contains("api_port = ...", "whole number");
  }

  @Test
  void iniSwitchesAcceptPythonsWords() throws ConfigException {
    fixture.conf("[t]", "debug = YES", "deps_debug = 1", "tor_support = on", "daemon = off");
    Config config = fixture.load();

    assertThat(config.mode()).isEqualTo(new Config.Mode(false, false, false, true, true, false));
    assertThat(config.tor().support()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "btc_network = regtest | line 2: invalid TOML | quotes",
        "btc_network = 'regtest | line 2: invalid TOML | Newline",
        "api_port 1 | line 2: invalid TOML | Unknown",
        "[a | line 2: invalid TOML | ''",
      })
  void rejectsMalformedToml(String line, String where, String why) {
    assertThat(fixture.toml("# settings", line.replace('\'', '"')).loadError())
        .contains("teos.toml", where, why);
  }

  @Test
  void skipsByteOrderMark() throws ConfigException {
    assertThat(fixture.toml("\uFEFFapi_port = 7").load().api().port()).isEqualTo(7);
  }

  @Test
  void rejectsAFileThatIsNotUtf8() throws IOException {
    Files.write(fixture.inDataDir("teos.conf"), new byte[] {'[', (byte) 0xff, ']'});
    assertThat(fixture.loadError()).contains("teos.conf", "not UTF-8");
  }

  @Test
  void rejectsUnreadableFile() throws IOException {
    Files.createDirectory(fixture.inDataDir("teos.toml"));
    assertThat(fixture.loadError())
        .startsWith("cannot read " + fixture.inDataDir("teos.toml") + ": ");
  }
}
