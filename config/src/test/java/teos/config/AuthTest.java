package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthTest {

  private static final RpcAuth ALICE = new RpcAuth.UserPassword("alice", "pw");

  private final ConfigFixture fixture;

  AuthTest(@TempDir Path folder) {
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
  void cookieOnTheCommandLineOverridesUserAndPasswordInTheFile() throws ConfigException {
    fixture.toml("btc_rpc_user = 'alice'", "btc_rpc_password = 'pw'");
    fixture.flag("btc_rpc_cookie", "~/cookie");
    assertThat(auth()).isEqualTo(new RpcAuth.Cookie(fixture.home.resolve("cookie")));
  }

  @Test
  void userAndPasswordOnTheCommandLineOverrideTheCookieInTheFile() throws ConfigException {
    fixture.toml("btc_rpc_cookie = '/c'");
    fixture.flag("btc_rpc_user", "alice").flag("btc_rpc_password", "pw");
    assertThat(auth()).isEqualTo(ALICE);
  }

  @Test
  void emptyValueCountsAsNotSetAsInRustTeos() throws ConfigException {
    fixture.toml("btc_rpc_user = 'alice'", "btc_rpc_password = 'pw'", "btc_rpc_cookie = ''");
    assertThat(auth()).isEqualTo(ALICE);
  }

  @Test
  void emptyValueOnTheCommandLineHidesTheFile() throws ConfigException {
    fixture.toml("btc_rpc_cookie = '/c'").flag("btc_rpc_cookie", "");
    assertThat(auth())
        .isEqualTo(new RpcAuth.Cookie(fixture.home.resolve(".bitcoin").resolve(".cookie")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"btc_rpc_user", "btc_rpc_password"})
  void rejectsCookieAndUserInOneFile(String other) {
    assertThat(fixture.toml("btc_rpc_cookie = '/c'", other + " = 'hunter2'").loadError())
        .contains("btc_rpc_cookie", other, "teos.toml, line 1", "teos.toml, line 2", "exclude")
        .doesNotContain("hunter2");
  }

  @Test
  void rejectsCookieAndUserOnTheCommandLine() {
    assertThat(fixture.flag("btc_rpc_cookie", "/c").flag("btc_rpc_user", "alice").loadError())
        .contains("--btcrpccookie", "--btcrpcuser", "exclude each other");
  }

  @Test
  void rejectsIncompleteLogin() {
    assertThat(fixture.conf("[b]", "btc_rpc_user = u").loadError())
        .contains("btc_rpc_user", "teos.conf, line 2", "btc_rpc_password", "--btcrpcpassword");
    assertThat(fixture.conf("").flag("btc_rpc_password", "hunter2").loadError())
        .contains("btc_rpc_password", "--btcrpcpassword", "btc_rpc_user", "--btcrpcuser")
        .doesNotContain("hunter2");
  }

  @Test
  void incompleteLoginDoesNotFallBackToTheOverriddenCookie() {
    assertThat(fixture.toml("btc_rpc_cookie = '/c'").flag("btc_rpc_user", "alice").loadError())
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
  void withoutLogin_usesTheStandardCookie(String network, String file) throws ConfigException {
    Path cookie = fixture.home.resolve(file);
    fixture.write(cookie, "__cookie__:x").flag("btc_network", network);
    assertThat(auth()).isEqualTo(new RpcAuth.Cookie(cookie));
  }

  @Test
  void withoutLoginAndStandardCookie_fails() throws IOException {
    Path cookie = fixture.home.resolve(".bitcoin/.cookie");
    Files.delete(cookie);
    assertThat(fixture.loadError())
        .contains("btc_rpc_cookie", "btc_rpc_user", "btc_rpc_password", cookie.toString());
  }

  @Test
  void standardCookieIsNotSentToAnotherMachine() throws ConfigException {
    assertThat(fixture.flag("btc_rpc_connect", "10.0.0.2").loadError())
        .contains("no login", "10.0.0.2");
    assertThat(fixture.flag("btc_rpc_connect", "127.example.org").loadError()).contains("no login");
    fixture.flag("btc_rpc_connect", "[::1]");
    assertThat(auth()).isInstanceOf(RpcAuth.Cookie.class);
  }

  @Test
  void toStringOmitsThePassword() throws ConfigException {
    fixture.flag("btc_rpc_user", "alice").flag("btc_rpc_password", "hunter2");
    assertThat(fixture.load().toString()).contains("alice").doesNotContain("hunter2");
  }
}
