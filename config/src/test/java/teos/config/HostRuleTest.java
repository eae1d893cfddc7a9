package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRuleTest {

  private static final Rule HOST = Rule.host();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "a-b.example.org",
        "my_node",
        "::",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "::ffff:10.0.0.1"
      })
  void accepts(String host) {
    assertThat(HOST.accepts(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "-a",
        "a:1",
        "http://a",
        "a/b",
        "[a",
        "[::1]:80",
        "user@host",
        "%"
      })
  void rejects(String host) {
    assertThat(HOST.accepts(host)).isFalse();
  }
}
