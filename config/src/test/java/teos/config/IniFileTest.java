package teos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected results are those of Python's configparser for the same text. */
class IniFileTest {

  private static final Path FILE = Path.of("teos.conf");

  private static List<String> parse(String... lines) throws ConfigException {
    return IniFile.parse(FILE, String.join("\n", lines)).stream()
        .map(raw -> raw.key() + "=" + raw.value())
        .toList();
  }

  @Test
  void readsKeysOfAllSectionsInAnyCaseWithEitherDelimiter() throws ConfigException {
    assertThat(parse("[bitcoind]", "BTC_rpc_User = u", "[teos]", "api_port:1", "wsgi=a=b:c"))
        .containsExactly("btc_rpc_user=u", "api_port=1", "wsgi=a=b:c");
  }

  @Test
  void commentsStandOnTheirOwnLines() throws ConfigException {
    assertThat(parse("# a", "; b", "[s]", "  # c", "a = 1 # not ; a comment", "b = #1"))
        .containsExactly("a=1 # not ; a comment", "b=#1");
  }

  @Test
  void indentedLinesContinueTheValue() throws ConfigException {
    assertThat(parse("[s]", "a = 1", "  # comment", "  2", "", "\t3", "b = 4", "", ""))
        .containsExactly("a=1\n2\n\n3", "b=4");
  }

  @Test
  void linesIndentedLikeTheirKeyDoNotContinueTheValue() throws ConfigException {
    assertThat(parse("  [s]", "  a = 1", "  b = 2", " c = 3")).containsExactly("a=1", "b=2", "c=3");
  }

  @Test
  void quotesArePartOfTheValue() throws ConfigException {
    assertThat(parse("[s]", "a = \"x\"", "b =")).containsExactly("a=\"x\"", "b=");
  }

  @Test
  void expandsPercentSigns() throws ConfigException {
    assertThat(
            parse("[DEFAULT]", "d = %%", "[s]", "a = 5%%(b)s", "b = <%(A)s%(d)s>", "[t]", "d=$1"))
        .containsExactly("a=5%(b)s", "b=<5%(b)s%>", "d=$1");
  }

  @Test
  void sectionsOverrideDefaults() throws ConfigException {
    assertThat(parse("[DEFAULT]", "a = 1", "b = 2", "[s]", "b = 3")).containsExactly("a=1", "b=3");
  }

  @Test
  void acceptsWindowsLineEnds() throws ConfigException {
    assertThat(parse("[s]\r", "a = 1\r", "b = 2\r")).containsExactly("a=1", "b=2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a = %", "a = 5%x", "a = %(", "a = %(b)", "a = %(b)s", "a = %(a)s"})
  void rejectsPercentSignsThatConfigparserRejects(String line) {
    assertThatThrownBy(() -> parse("[s]", line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a (teos.conf, line 2)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"api_port", "= 1", ": 1", "[]"})
  void rejectsMalformedLines(String line) {
    assertThatThrownBy(() -> parse("[s]", "", line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("teos.conf, line 3: expected key = value");
  }

  @Test
  void rejectsKeyBeforeTheFirstSection() {
    assertThatThrownBy(() -> parse("# settings", "api_port = 1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("teos.conf, line 2: expected a section");
  }
}
