package teos.client.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import teos.client.evidence.MisbehaviourKind;
import teos.client.evidence.Proof;
import teos.client.evidence.Receipt;

class DocumentationTest {

  private static Optional<Path> file(String path) {
    Path file = Path.of(System.getProperty("teos.root", "..")).resolve(path);
    return Optional.of(file).filter(Files::exists);
  }

  @Test
  void example_equalsTheCompiledSource() throws Exception {
    Optional<Path> page = file("docs/client.md");
    Optional<Path> source = file("client/src/test/java/teos/client/docs/WalletExample.java");
    assumeTrue(page.isPresent() && source.isPresent(), "run outside the project's folder");
    String code = Files.readString(source.get());
    String example =
        code.substring(
                code.indexOf("// example\n") + "// example\n".length(), code.indexOf("    // end"))
            .lines()
            .map(line -> line.startsWith("    ") ? line.substring(4) : line)
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(page.get())).contains(example);
  }

  @Test
  void formatsAndKinds_areDocumented() throws Exception {
    Optional<Path> page = file("docs/client.md");
    assumeTrue(page.isPresent(), "run outside the project's folder");
    String text = Files.readString(page.get());
    assertThat(text).contains(Proof.FORMAT, Receipt.FORMAT);
    for (MisbehaviourKind kind : MisbehaviourKind.values()) {
      assertThat(text).contains("`" + kind.fileText() + "`");
    }
  }
}
