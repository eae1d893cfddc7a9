package teos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DocumentationTest {

  @Test
  void everyKeyIsDocumentedWithItsFlagAndDefault() throws IOException {
    Path page = Path.of(System.getProperty("teos.root", "..")).resolve("docs/configuration.md");
    assumeTrue(Files.exists(page), "not run from the project's folder");
    String text = Files.readString(page);

    for (Setting setting : Setting.values()) {
      String row =
          text.lines()
              .filter(line -> line.startsWith("| `" + setting.key() + "`"))
              .findFirst()
              .orElseThrow(() -> new AssertionError(setting.key() + " is not documented"));
      if (!setting.help().isEmpty()) {
        assertThat(row).contains("`" + setting.flag() + "`");
      }
      if (!setting.defaultValue().isEmpty()) {
        assertThat(row).contains("| " + setting.defaultValue() + " |");
      }
    }
  }
}
