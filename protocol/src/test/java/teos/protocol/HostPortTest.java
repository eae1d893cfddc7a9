package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {

  @ParameterizedTest
  @CsvSource({
    "tower.example:9814, tower.example, 9814",
    "my_bitcoind:28332, my_bitcoind, 28332",
    "bitcoind.1:0, bitcoind.1, 0",
    "192.0.2.1:65535, 192.0.2.1, 65535",
    "[2001:db8::1]:1, 2001:db8::1, 1",
    "[fe80::1%0]:1, fe80::1%0, 1",
    "[::]:1, ::, 1",
    "[1:2:3:4:5:6:7:8]:1, 1:2:3:4:5:6:7:8, 1",
    "[::ffff:192.0.2.1]:1, ::ffff:192.0.2.1, 1"
  })
  void parse_thenToString_returnsTheText(String text, String host, int port) {
    HostPort parsed = HostPort.parse(text);
    assertThat(parsed).isEqualTo(new HostPort(host, port));
    assertThat(parsed).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "tower.example, tower.example:9814",
    "2001:db8::1, [2001:db8::1]:9814",
    "[2001:db8::1], [2001:db8::1]:9814",
    "tower.example:443, tower.example:443",
    "[::1]:443, [::1]:443"
  })
  void parse_usesTheDefaultPort(String text, String read) {
    assertThat(HostPort.parse(text, 9814)).hasToString(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "a:",
        ":1",
        "a:65536",
        "a:-1",
        "a:+1",
        "a:1x",
        "a b:1",
        "http://a:1",
        "a/b:1",
        "[a]:1",
        "[::1]1",
        "[::1]:",
        "[::1:1",
        "u@a:1",
        "ä:1",
        "a..b:1",
        "1.2.3:1",
        "1.2.3.256:1",
        "010.0.0.5:1",
        "5:1",
        "a:1:2",
        "a:123456",
        "[1:2]:1",
        "[1::2::3]:1",
        "[:::]:1",
        "[1:2:3:4:5:6:7:8:9]:1",
        "[12345::]:1",
        "[::1.2.3]:1"
      })
  void parse_malformed_throws(String text) {
    assertThatThrownBy(() -> HostPort.parse(text, 9814))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_withoutDefaultPort_requiresAPort() {
    assertThatThrownBy(() -> HostPort.parse("tower.example")).hasMessageContaining("HOST:PORT");
  }

  @Test
  void isOnion_ignoresCase() {
    assertThat(HostPort.parse("abc.onion:9814").isOnion()).isTrue();
    assertThat(HostPort.parse("ABC.ONION:9814").isOnion()).isTrue();
    assertThat(HostPort.parse("onion.example:9814").isOnion()).isFalse();
  }
}
