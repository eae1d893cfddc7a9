package teos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IniValuesTest {

  @TempDir Path folder;

  private Map<String, IniValues.Value> read(String text) throws IOException, ConfigException {
    Path file = folder.resolve("some.conf");
    Files.writeString(file, text);
    return IniValues.read(file, List.of("host", "port"));
  }

  @Test
  void missingFileCountsAsEmpty() throws ConfigException {
    assertThat(IniValues.read(folder.resolve("none.conf"), List.of("host"))).isEmpty();
  }

  @Test
  void returnsValuesWithTheirLines() throws Exception {
    Map<String, IniValues.Value> values = read("[teos]\nHOST = a\n\n[more]\nport=1\n");

    assertThat(values)
        .containsOnlyKeys("host", "port")
        .hasEntrySatisfying("host", host -> assertThat(host.text()).isEqualTo("a"))
        .hasEntrySatisfying(
            "port",
            port -> assertThat(port.where()).isEqualTo(folder.resolve("some.conf") + ", line 5"));
  }

  @Test
  void unknownKey_errorNamesTheKnownKeys() {
    assertThatThrownBy(() -> read("[teos]\nhorst = a\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("horst", "line 2", "did you mean host?");
    assertThatThrownBy(() -> read("[teos]\nnothing = a\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("nothing", "line 2", "the settings are host, port");
  }

  @Test
  void rejectsKeySetTwice() {
    assertThatThrownBy(() -> read("[teos]\nhost = a\n[more]\nhost = b\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("line 4", "set twice", "line 2");
  }
}
