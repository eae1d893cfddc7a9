package teos.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import teos.testkit.docs.CodeBlock;
import teos.testkit.docs.MarkdownPage;

/** Checks that everything to which the documentation refers exists. */
class DocumentationReferencesTest {

  private static final Pattern CLASS = Pattern.compile("([A-Z][a-z0-9]+){2,}|[A-Z]\\w+(Test|IT)");
  private static final Set<String> FOREIGN_NAMES =
      Set.of("DisableNetwork", "MemoryDenyWriteExecute");
  private static final Path ROOT = Path.of(System.getProperty("teos.root")).toAbsolutePath();

  @Test
  void everyLinkHasATarget() throws IOException {
    Map<String, MarkdownPage> pages =
        MarkdownPage.all(ROOT).stream().collect(Collectors.toMap(MarkdownPage::name, page -> page));
    List<String> broken = new ArrayList<>();
    for (MarkdownPage page : pages.values()) {
      for (String link : page.links()) {
        if (link.matches("[a-z]+:.*")) {
          continue; // another site
        }
        String[] parts = link.split("#", 2);
        Path target = ROOT.resolve(page.name());
        if (!parts[0].isEmpty()) {
          target = target.resolveSibling(parts[0]).normalize();
        }
        MarkdownPage other = pages.get(ROOT.relativize(target).toString());
        boolean exists =
            parts.length == 1
                ? Files.exists(target)
                : other != null
                    && other.headings().stream()
                        .map(MarkdownPage::anchor)
                        .anyMatch(parts[1]::equals);
        if (!exists) {
          broken.add(page.name() + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyMentionedFileAndClassExists() throws IOException {
    String sources = sources().replaceAll("[(<{]", " ");
    Pattern path =
        Pattern.compile(
            "(scripts|contrib/(prometheus|grafana)|docs|interop|bin|fuzz|rpc)/[\\w./-]+");
    List<String> missing = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      List<String> codes = new ArrayList<>();
      page.code().forEach(code -> codes.add(code.text()));
      page.blocks().stream()
          .filter(CodeBlock::isShell)
          .forEach(block -> codes.addAll(List.of(block.text().split("\\s+"))));
      for (String code : codes) {
        String word = code.replaceFirst(" .*", "");
        boolean ours = CLASS.matcher(word).matches() && !FOREIGN_NAMES.contains(word);
        if ((ours
                && !page.name().startsWith("docs/decisions/")
                && !sources.contains(" " + word + " "))
            || (path.matcher(word).matches() && !word.contains("/target/") && !exists(word))) {
          missing.add(page.name() + ": " + code);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  /** Checks the arguments of the commands without running Maven, which would take minutes. */
  @Test
  void everyMavenCommandNamesExistingTestsAndProperties() throws IOException {
    String sources = sources();
    List<String> wrong = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      for (CodeBlock block : page.blocks()) {
        if (block.isShell()) {
          block
              .text()
              .replace("\\\n", " ")
              .lines()
              .map(line -> line.replaceFirst(" # .*", "").strip())
              .filter(line -> line.startsWith("mvn "))
              .filter(
                  line ->
                      !Stream.of(line.split("\\s+"))
                          .allMatch(word -> isKnownMavenArgument(word, sources)))
              .forEach(line -> wrong.add(block + ": " + line));
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static boolean isKnownMavenArgument(String word, String sources) {
    String value = word.substring(word.indexOf('=') + 1);
    if (word.startsWith("-Dtest=")) {
      return sources.contains("class " + value + " ");
    } else if (word.startsWith("-Dteos.")) {
      String key = word.substring("-D".length()).replaceFirst("=.*", "");
      return sources.contains("\"" + key + "\"") || sources.contains("<" + key + ">");
    }
    return word.matches(
            "mvn|-B|-D[a-zA-Z]+(\\.[a-zA-Z]+)*(=false)?|-am|-pl|package|test|verify|spotless:apply")
        || exists(word + "/pom.xml");
  }

  /** Returns the text of all Java and POM files. */
  private static String sources() throws IOException {
    StringBuilder sources = new StringBuilder();
    Pattern name = Pattern.compile(".*/src/(test|main)/.*\\.java|.*/pom\\.xml");
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(file -> name.matcher(file.toString()).matches()).toList()) {
        sources.append(Files.readString(file));
      }
    }
    return sources.toString();
  }

  @Test
  void everyMentionedOptionExists() throws IOException {
    StringBuilder known = new StringBuilder(sources());
    Path packages = Path.of(System.getProperty("teos.dist.archive")).getParent();
    try (Stream<Path> files = Files.walk(packages)) {
      for (Path file :
          files.filter(file -> file.endsWith("completions/" + file.getFileName())).toList()) {
        known.append(Files.isRegularFile(file) ? Files.readString(file) : "");
      }
    }
    List<String> unknown = new ArrayList<>();
    Pattern option = Pattern.compile("--[a-z][a-z-]+");
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      for (MarkdownPage.InlineCode code : page.code()) {
        if (code.text().startsWith("-")) {
          option
              .matcher(code.text())
              .results()
              .filter(found -> !Pattern.compile(found.group() + "\\b").matcher(known).find())
              .forEach(found -> unknown.add(code + ": " + found.group()));
        }
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void exitCodesOfUnitAreDocumented() throws IOException {
    String unit = Files.readString(ROOT.resolve("dist/src/main/systemd/teosd.service"));
    String codes = unit.replaceFirst("(?s).*RestartPreventExitStatus=([\\d ]+).*", "$1");
    String listed = codes.replaceFirst("(.*) ", "$1 and ").replaceAll("(\\d) (?=\\d)", "$1, ");
    for (String page : List.of("docs/running.md", "docs/installing.md")) {
      assertThat(Files.readString(ROOT.resolve(page)).replaceAll("\\s+", " "))
          .as(page)
          .contains(listed);
    }
  }

  @Test
  void everyMentionedBenchmarkExists() throws Exception {
    String usage =
        ProcessResult.run(ROOT.resolve("scripts/benchmark").toString(), "--help").output();
    Pattern benchmark = Pattern.compile("scripts/benchmark ([a-z]+)");
    for (MarkdownPage page : MarkdownPage.all(ROOT)) {
      Stream.concat(
              page.code().stream().map(MarkdownPage.InlineCode::text),
              page.blocks().stream().map(CodeBlock::text))
          .flatMap(text -> benchmark.matcher(text).results())
          .forEach(
              named ->
                  assertThat(usage.lines())
                      .as(page.name())
                      .anyMatch(line -> (line + " ").startsWith(named.group() + " ")));
    }
  }

  private static boolean exists(String path) {
    return Files.exists(ROOT.resolve(path));
  }
}
