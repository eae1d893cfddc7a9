package teos.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import teos.testkit.docs.DocumentedCommand;

@Tag("bitcoind")
class DocumentationTest {

  @Test
  void documentedCommands_haveOnlyKnownOptions() throws IOException {
    assertParsesDocumentedCommands(LoadCommand.spec());
    assertParsesDocumentedCommands(TableCommand.spec());
  }

  private static void assertParsesDocumentedCommands(CommandSpec spec) throws IOException {
    Path root = Path.of(System.getProperty("teos.root", ".."));
    List<DocumentedCommand> documented = DocumentedCommand.of(root, spec.name());
    assertThat(documented).isNotEmpty();
    for (DocumentedCommand command : documented) {
      if (!command.words().equals(List.of("--help"))) { // Program adds that option
        assertThatCode(
                () -> new CommandLine(spec).parseArgs(command.words().toArray(String[]::new)))
            .as(command.toString())
            .doesNotThrowAnyException();
      }
    }
  }
}
