package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthTest {

  private static final RpcAuth ALICE = new RpcAuth.UserPassword("alice", "pw");

  @TempDir Path folder;
  private ConfigFixture fixture;

  @BeforeEach
  void setUp() {
    fixture = new ConfigFixture(folder);
  }

  private RpcAuth auth() throws ConfigException {
    return fixture.load().bitcoind().auth();
  }

  @Test
  void userAndPasswordMayComeFromDifferentSources() throws ConfigException {
    fixture.toml("btc_rpc_user = 'alice'").flag("btc_rpc_password", "pw");
    assertThat(auth()).isEqualTo(ALICE);
  }

  @Test
  void aCookieOnTheCommandLineBeatsUserAndPasswordOfTheFile() throws ConfigException {
    fixture.toml("btc_rpc_user = 'alice'", "btc_rpc_password = 'pw'");
    fixture.flag("btc_rpc_cookie", "~/cookie");
    assertThat(auth()).isEqualTo(new RpcAuth.Cookie(fixture.home.resolve("cookie")));
  }

  @Test
  void userAndPasswordOnTheCommandLineBeatTheCookieOfTheFile() throws ConfigException {
    fixture.toml("btc_rpc_cookie = '/c'");
    fixture.flag("btc_rpc_user", "alice").flag("btc_rpc_password", "pw");
    assertThat(auth()).isEqualTo(ALICE);
  }

  @Test
  void emptyIsNotGivenAsInRustTeos() throws ConfigException {
    fixture.toml("btc_rpc_user = 'alice'", "btc_rpc_password = 'pw'", "btc_rpc_cookie = ''");
    assertThat(auth()).isEqualTo(ALICE);
  }

  @Test
  void emptyOnTheCommandLineHidesTheFile() throws ConfigException {
    fixture.toml("btc_rpc_cookie = '/c'").flag("btc_rpc_cookie", "");
    assertThat(auth())
        .isEqualTo(new RpcAuth.Cookie(fixture.home.resolve(".bitcoin").resolve(".cookie")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"btc_rpc_user", "btc_rpc_password"})
  void bothInOneFileAreRefused(String other) {
    assertThat(fixture.toml("btc_rpc_cookie = '/c'", other + " = 'hunter2'").refusal())
        .contains("btc_rpc_cookie", other, "teos.toml, line 1", "teos.toml, line 2", "exclude")
        .doesNotContain("hunter2");
  }

  @Test
  void bothOnTheCommandLineAreRefused() {
    assertThat(fixture.flag("btc_rpc_cookie", "/c").flag("btc_rpc_user", "alice").refusal())
        .contains("--btcrpccookie", "--btcrpcuser", "exclude each other");
  }

  @Test
  void halfALoginIsRefused() {
    assertThat(fixture.conf("[b]", "btc_rpc_user = u").refusal())
        .contains("btc_rpc_user", "teos.conf, line 2", "btc_rpc_password", "--btcrpcpassword");
    assertThat(fixture.conf("").flag("btc_rpc_password", "hunter2").refusal())
        .contains("btc_rpc_password", "--btcrpcpassword", "btc_rpc_user", "--btcrpcuser")
        .doesNotContain("hunter2");
  }

  @Test
  void halfALoginDoesNotFallBackToTheCookieItOverrides() {
    assertThat(fixture.toml("btc_rpc_cookie = '/c'").flag("btc_rpc_user", "alice").refusal())
        .contains("--btcrpcuser", "btc_rpc_password");
  }

  @ParameterizedTest
  @CsvSource({
    "mainnet, .bitcoin/.cookie",
    "testnet, .bitcoin/testnet3/.cookie",
    "testnet4, .bitcoin/testnet4/.cookie",
    "signet, .bitcoin/signet/.cookie",
    "regtest, .bitcoin/regtest/.cookie"
  })
  void withoutALoginTheStandardCookieIsTaken(String network, String file) throws ConfigException {
    Path cookie = fixture.home.resolve(file);
    fixture.write(cookie, "__cookie__:x").flag("btc_network", network);
    assertThat(auth()).isEqualTo(new RpcAuth.Cookie(cookie));
  }

  @Test
  void withoutALoginAndAStandardCookieNothingIsGuessed() throws IOException {
    Path cookie = fixture.home.resolve(".bitcoin/.cookie");
    Files.delete(cookie);
    assertThat(fixture.refusal())
        .contains("btc_rpc_cookie", "btc_rpc_user", "btc_rpc_password", cookie.toString());
  }

  @Test
  void theStandardCookieIsNotSentToAnotherMachine() throws ConfigException {
    assertThat(fixture.flag("btc_rpc_connect", "10.0.0.2").refusal())
        .contains("no login", "10.0.0.2");
    assertThat(fixture.flag("btc_rpc_connect", "127.example.org").refusal()).contains("no login");
    fixture.flag("btc_rpc_connect", "[::1]");
    assertThat(auth()).isInstanceOf(RpcAuth.Cookie.class);
  }

  @Test
  void thePasswordIsNotInTheTextOfTheConfig() throws ConfigException {
    fixture.flag("btc_rpc_user", "alice").flag("btc_rpc_password", "hunter2");
    assertThat(fixture.load().toString()).contains("alice").doesNotContain("hunter2");
  }
}
