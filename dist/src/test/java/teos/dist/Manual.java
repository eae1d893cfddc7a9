package teos.dist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Assertions on the installed manual pages, documentation and licences. */
final class Manual {

  private Manual() {}

  /** Asserts that every visible command has a page, which contains each of its visible options. */
  static void assertCovers(Path folder, Program program) throws IOException {
    CommandSpec root = ManPages.commandLine(program, "").getCommandSpec();
    assertThat(root.subcommands()).isNotEmpty();
    String page = assertCovers(folder, root);
    assertThat(page).contains(".SH \"ENVIRONMENT\"", ".SH \"FILES\"");
    for (CommandLine command : root.subcommands().values()) {
      if (!command.getCommandSpec().usageMessage().hidden()) {
        assertThat(page).contains(command.getCommandName());
        assertCovers(folder, command.getCommandSpec());
      }
    }
  }

  private static String assertCovers(Path folder, CommandSpec spec) throws IOException {
    String page = read(folder.resolve(spec.qualifiedName("-") + ".1.gz"));
    assertThat(spec.options().stream().filter(option -> !option.hidden()))
        .extracting(OptionSpec::longestName)
        .allSatisfy(option -> assertThat(page).as(spec.qualifiedName()).contains(option));
    return page;
  }

  /** Returns the page without roff's backslashes before hyphens and dots. */
  private static String read(Path page) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(page))) {
      return new String(in.readAllBytes(), UTF_8).replace("\\", "");
    }
  }

  /** Asserts that {@code man} renders each page without warnings. */
  static void assertRenders(Path folder) throws Exception {
    try (Stream<Path> pages = Files.list(folder)) {
      for (Path page : pages.toList()) {
        ProcessResult man =
            ProcessResult.runWithEnvironment(
                Map.of("LC_ALL", "C.UTF-8"),
                "sh",
                "-c",
                "man --warnings --local-file \"$0\" 2>&1 >/dev/null",
                page.toString());
        assertThat(man).as(page.toString()).isEqualTo(new ProcessResult(0, ""));
      }
    }
  }

  /**
   * Asserts that {@code folder} has all of docs/, README, changelog and licence, and a copyright
   * file with a stanza on each jar in {@code libraries}.
   */
  static void assertDocumented(Path folder, Path libraries) throws IOException {
    Path source = Path.of(System.getProperty("teos.root"));
    List<String> files;
    try (Stream<Path> docs = Files.walk(source.resolve("docs"))) {
      files =
          docs.filter(Files::isRegularFile)
              .map(file -> source.relativize(file).toString())
              .toList();
    }
    assertThat(files).contains("docs/running.md");
    assertThat(Stream.concat(files.stream(), Stream.of("README.md", "CHANGELOG.md", "LICENSE")))
        .allSatisfy(
            file -> assertThat(folder.resolve(file)).hasSameBinaryContentAs(source.resolve(file)));
    String copyright = Files.readString(folder.resolve("copyright"));
    assertThat(copyright)
        .startsWith("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n")
        .contains("Files: runtime/*");
    try (Stream<Path> jars = Files.list(libraries)) {
      assertThat(
              jars.map(jar -> jar.getFileName().toString())
                  .filter(name -> name.endsWith(".jar") && !name.startsWith("teos-")))
          .isNotEmpty()
          .allSatisfy(name -> assertThat(copyright).contains("\nFiles: lib/" + name + "\n"));
    }
  }
}
