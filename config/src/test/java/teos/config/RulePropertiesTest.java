package teos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class RulePropertiesTest {

  private static final Rule PORT = Rule.port();
  private static final long U32_MAX = 0xffff_ffffL;

  @Property
  void acceptsAndParsesEveryPort(@ForAll @IntRange(min = 1, max = 65_535) int port) {
    assertThat(PORT.accepts(Integer.toString(port))).isTrue();
    assertThat(Rule.Whole.parse("+" + port)).isEqualTo(port);
  }

  @Property
  void acceptsExactlyTheNumbersInRange(@ForAll long number) {
    assertThat(PORT.accepts(Long.toString(number))).isEqualTo(number >= 1 && number <= 65_535);
  }

  @Property(tries = 200)
  void parsesEverySlotCountOfAFile(@ForAll @LongRange(min = 1, max = U32_MAX) long slots)
      throws ConfigException {
    List<RawSetting> toml = TomlFile.parse(Path.of("teos.toml"), "subscription_slots = " + slots);
    assertThat(
            new LayeredSettings(List.of(), List.of(), toml).longValue(Setting.SUBSCRIPTION_SLOTS))
        .isEqualTo(slots);
  }

  @Property
  void parsesEveryAcceptedNumber(@ForAll String text) {
    if (PORT.accepts(text)) {
      assertThat(Rule.Whole.parse(text)).isBetween(1L, 65_535L);
    }
  }

  @Property
  void iniParserFailsOnlyWithConfigException(@ForAll String text) {
    try {
      new LayeredSettings(
          List.of(), List.of(), IniFile.parse(Path.of("teos.conf"), "[s]\n" + text));
    } catch (ConfigException e) {
      assertThat(e).hasMessageContaining("teos.conf, line ");
    }
  }
}
