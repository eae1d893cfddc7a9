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
  void everyOptionThatIsShownIsThere() throws IOException {
    understands(LoadCommand.spec());
    understands(TableCommand.spec());
  }

  private static void understands(CommandSpec spec) throws IOException {
    Path root = Path.of(System.getProperty("teos.root", ".."));
    List<DocumentedCommand> shown = DocumentedCommand.of(root, spec.name());
    assertThat(shown).isNotEmpty();
    for (DocumentedCommand command : shown) {
      if (!command.words().equals(List.of("--help"))) { // which Program adds
        assertThatCode(
                () -> new CommandLine(spec).parseArgs(command.words().toArray(String[]::new)))
            .as(command.toString())
            .doesNotThrowAnyException();
      }
    }
  }
}
