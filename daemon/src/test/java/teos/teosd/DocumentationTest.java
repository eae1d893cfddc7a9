package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.config.ConfigLoader;
import teos.config.TeosdOptions;
import teos.teosd.process.ExitCode;
import teos.testkit.docs.CodeBlock;
import teos.testkit.docs.DocumentedCommand;
import teos.testkit.docs.MarkdownPage;

class DocumentationTest {

  private static final Path ROOT = Path.of(System.getProperty("teos.root", ".."));

  @Test
  void everyDocumentedCommandLineIsValid() throws IOException {
    List<DocumentedCommand> documented = DocumentedCommand.of(ROOT, "teosd");
    assertThat(documented).hasSizeGreaterThan(20);
    for (DocumentedCommand command : documented) {
      List<String> words = new ArrayList<>(command.words());
      if (command.mention()) {
        words.addFirst("help");
      }
      TeosdOptions.Request request = TeosdOptions.parse(words.toArray(String[]::new));
      if (request instanceof TeosdOptions.Exit exit) {
        assertThat(exit.exitCode()).as(command + ": " + exit.text()).isZero();
      }
    }
  }

  @Test
  void everyExitCodeIsDocumented() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/running.md"));
    List<Integer> documented =
        Pattern.compile("^\\| (\\d+) \\|", Pattern.MULTILINE)
            .matcher(page)
            .results()
            .map(row -> Integer.valueOf(row.group(1)))
            .toList();
    assertThat(documented)
        .containsAll(Arrays.stream(ExitCode.values()).map(ExitCode::code).toList());
  }

  @Test
  void everyDocumentedConfigurationIsValid(@TempDir Path folder) throws IOException {
    List<CodeBlock> documented =
        MarkdownPage.all(ROOT).stream()
            .flatMap(page -> page.blocks().stream())
            .filter(block -> block.language().equals("toml") || block.file().equals("teos.conf"))
            .toList();
    assertThat(documented).hasSizeGreaterThan(5);
    for (CodeBlock block : documented) {
      Path file = folder.resolve(block.file().isEmpty() ? "teos.toml" : block.file());
      Files.writeString(file, block.replaced());
      // The login that each configuration needs; flags override the file.
      Map<String, String> login = Map.of("btc_rpc_user", "teos", "btc_rpc_password", "secret");
      assertThatCode(() -> ConfigLoader.load(login, folder))
          .as(block.toString())
          .doesNotThrowAnyException();
      Files.delete(file);
    }
  }
}
