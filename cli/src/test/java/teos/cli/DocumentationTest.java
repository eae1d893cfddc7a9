package teos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import teos.testkit.docs.DocumentedCommand;

class DocumentationTest {

  private static final Path ROOT = Path.of(System.getProperty("teos.root", ".."));

  @Test
  void everyDocumentedCommandLineIsValid() throws IOException {
    List<DocumentedCommand> documented = DocumentedCommand.of(ROOT, "teos-cli");
    assertThat(documented).hasSizeGreaterThan(10);
    for (DocumentedCommand command : documented) {
      CommandLine line = CliOptions.commandLine("0");
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

  @Test
  void everyCommandOptionAndExitCodeIsDocumented() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/operating.md"));
    for (Command command : Command.values()) {
      assertThat(page).contains("`" + command.spelling());
    }
    CliOptions.commandLine("0")
        .getCommandSpec()
        .options()
        .forEach(option -> assertThat(page).contains("`" + option.shortestName() + "`"));
    for (ExitCode code : ExitCode.values()) {
      assertThat(page).contains("| " + code.code() + " | " + code.meaning() + " |");
    }
  }
}
