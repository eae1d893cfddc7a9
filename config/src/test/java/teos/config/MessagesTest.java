package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.common.Suggestion;

/** Error messages name the key, its value, where it is set, and what is allowed. */
class MessagesTest {

  private final Path folder;
  private final ConfigFixture fixture;

  MessagesTest(@TempDir Path folder) {
    this.folder = folder;
    fixture = new ConfigFixture(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api_port | 0 | from 1 to 65535",
        "api_port | 65536 | from 1 to 65535",
        "rpc_port | x | from 1 to 65535",
        "btc_rpc_port | -1 | from 0 to 65535, 0 for the network's default",
        "btc_feed_port | 65536 | from 0 to 65535, 0 for no feed",
        "internal_api_port | 1e3 | from 1 to 65535",
        "tor_control_port | 0 | from 1 to 65535",
        "onion_hidden_service_port | 99999999999999999999 | from 1 to 65535",
        "polling_delta | 0 | from 1 to 65535",
        "subscription_slots | 0 | from 1 to 4294967295",
        "subscription_slots | 4294967296 | from 1 to 4294967295",
        "subscription_duration | 0 | from 1 to 4294967295",
        "expiry_delta | -6 | from 0 to 4294967295",
        "max_appointments | 0 | from 1 to 4294967295",
        "min_to_self_delay | 65536 | from 0 to 65535",
        "locator_cache_size | 0 | from 1 to 1000",
        "internal_api_workers | 0 | from 1 to 1000",
        "btc_network | liquid | one of mainnet, main, testnet, test, testnet4, signet, regtest",
        "default_dialect | v3 | one of v1, v2",
        "btc_feed_protocol | ipc | expected tcp",
        "debug | maybe | true or false",
        "api_bind | http://localhost | a host name or an IP address",
        "api_bind | localhost:9814 | a host name or an IP address",
        "btc_rpc_connect | '' | a host name or an IP address",
        "log_file | '' | the path of a file",
        "log_file | / | the path of a file",
      })
  void invalidValueOnTheCommandLine(String key, String value, String allowed) {
    String flag = "--" + key.replace("_", "");
    assertThat(fixture.flag(key, value).loadError())
        .startsWith(key + " = \"" + value + "\" (" + flag + "): expected ")
        .contains(allowed);
  }

  @Test
  void invalidValueInAFile() {
    Path conf = fixture.inDataDir("teos.conf");
    assertThat(fixture.conf("[teos]", "", "api_port = ten").loadError())
        .isEqualTo(
            "api_port = \"ten\" (" + conf + ", line 3): expected a whole number from 1 to 65535");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api_port = '9814' | \"9814\" | whole number from 1 to 65535, without quotes",
        "api_port = 98.14 | 98.14 | whole number",
        "api_port = true | true | whole number",
        "debug = 'true' | \"true\" | true or false, without quotes",
        "debug = 1 | 1 | true or false",
        "api_bind = 127 | 127 | a host name or an IP address, without scheme and port, in quotes",
        "api_bind = ['a'] | ... | a host name",
        "api_bind = 1979-05-27 | ... | a host name",
        "btc_network = 'x' | \"x\" | one of mainnet",
      })
  void wrongTypeInToml(String line, String shown, String allowed) {
    String key = line.substring(0, line.indexOf(' '));
    assertThat(fixture.toml("# settings", line.replace("'", "\"")).loadError())
        .startsWith(key + " = " + shown + " (" + fixture.inDataDir("teos.toml") + ", line 2): ")
        .contains(allowed);
  }

  @Test
  void unknownKeyIsShownWithoutItsValue() {
    assertThat(fixture.toml("btc_rpc_pasword = 'hunter2'").loadError())
        .contains("btc_rpc_pasword (", "teos.toml, line 1", "unknown setting")
        .endsWith("; did you mean btc_rpc_password?")
        .doesNotContain("hunter2");
    assertThat(new ConfigFixture(folder.resolve("b")).conf("[t]", "apiport = 1").loadError())
        .contains("apiport (", "teos.conf, line 2", "unknown setting", "did you mean api_port?");
    assertThat(new ConfigFixture(folder.resolve("c")).flag("port", "1").loadError())
        .contains(
            "port (command line)", "unknown setting", "the settings are api_bind, api_port, ");
  }

  @ParameterizedTest
  @CsvSource({
    "rpc_prot,rpc_port",
    "API-PORT,api_port",
    "btc_feed_conect,btc_feed_connect",
    "subscription_slot,subscription_slots",
    "max_apointments,max_appointments",
    "b,",
    "port,",
    "nothing_of_ours,",
  })
  void suggestsTheClosestKey(String typed, String meant) {
    assertThat(Suggestion.closest(typed, Setting.keys())).isEqualTo(Optional.ofNullable(meant));
    assertThat(Suggestion.closest("x".repeat(1_000_000), Setting.keys())).isEmpty();
  }

  @Test
  void keySetTwice() {
    assertThat(fixture.conf("[a]", "api_port = 1", "[b]", "API_PORT = 2").loadError())
        .contains("api_port = \"2\"", "teos.conf, line 4", "twice", "line 2");
    ConfigFixture toml = new ConfigFixture(folder.resolve("b"));
    assertThat(toml.toml("api_port = 1", "api_port = 2").loadError())
        .contains("api_port = 2", "teos.toml, line 2", "twice", "line 1");
    assertThat(toml.toml("[a]", "api_port = 1", "[b]", "api_port = 2").loadError())
        .contains("api_port = 2", "teos.toml, line 4", "twice", "teos.toml, line 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "btc_rpc_password = 22072207",
        "btc_rpc_password = hunter22072207",
        "btc_rpc_password = '22072207",
        "btc_rpc_password = ['22072207']",
        "btc_rpc_password = '22072207'\nbtc_rpc_password = '22072207'",
        "[a]\nbtc_rpc_password = '22072207'\n[b]\nbtc_rpc_password = '22072207'",
        "btc_rpc_password = '''22072207\n22072207'''",
        "btc_rpc_user = 'alice:22072207'",
        "btc_rpc_password = '22072207' 22072207",
      })
  void neverShowsAPasswordFromToml(String text) {
    assertThat(fixture.toml(text).loadError()).contains("teos.toml").doesNotContain("2207");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "btc_rpc_password = 22072207\nbtc_rpc_password = 22072207",
        "btc_rpc_password = 2207%2207",
        "btc_rpc_password 22072207",
        "btc_rpc_user = alice\n  btc_rpc_password = 22072207",
        "btc_rpc_user = alice\n  22072207",
        "btc_rpc_password = 2207%(nothing)s",
        "btc_rpc_password = 2207%(btc_rpc_password)s",
        "api_port = %(btc_rpc_password)s\nbtc_rpc_password = 22072207",
        "btc_rpc_user = alice:22072207",
      })
  void neverShowsAPasswordFromIni(String text) {
    assertThat(fixture.conf("[bitcoind]", text).loadError())
        .contains("teos.conf, line ")
        .doesNotContain("2207");
  }

  @Test
  void replacesControlCharacters() {
    assertThat(fixture.flag("api_bind", "a\u001b[31m").loadError()).contains("\"a?[31m\"");
  }

  @Test
  void valueOfSeveralLinesIsExplained() {
    assertThat(fixture.conf("[teos]", "api_bind = localhost", "  api_port = 1").loadError())
        .contains("api_bind", "line 2", "spans several lines", "starts with a space");
  }
}
