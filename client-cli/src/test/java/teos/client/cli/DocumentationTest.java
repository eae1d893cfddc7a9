package teos.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import teos.testkit.docs.DocumentedCommand;

class DocumentationTest {

  private static final Path ROOT = Path.of(System.getProperty("teos.root", ".."));

  @Test
  void documentedCommandLines_areValid() throws IOException {
    List<DocumentedCommand> shown = DocumentedCommand.of(ROOT, "teos-client");
    assertThat(shown).hasSizeGreaterThan(10);
    for (DocumentedCommand command : shown) {
      CommandLine line = new Commands().commandLine();
      if (command.mention()) {
        assertThat(line.getSubcommands())
            .as(command.toString())
            .containsKey(command.words().getFirst());
      } else {
        assertThatCode(() -> line.parseArgs(command.words().toArray(String[]::new)))
            .as(command.toString())
            .doesNotThrowAnyException();
      }
    }
  }
}
