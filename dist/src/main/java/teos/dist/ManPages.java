package teos.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.asciidoctor.Asciidoctor;
import org.asciidoctor.Attributes;
import org.asciidoctor.Options;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.codegen.docgen.manpage.ManPageGenerator;
import teos.cli.CliOptions;
import teos.client.cli.Commands;
import teos.common.Folders;
import teos.config.TeosdCommandLine;

/**
 * Manual pages of the programs and of each of their commands. Picocli generates AsciiDoc from the
 * command lines that the programs parse, and Asciidoctor converts it to roff. The sections on
 * environment and files are in {@code src/main/man}.
 */
final class ManPages {

  private ManPages() {}

  /** Returns the command line of {@code program} with all of its commands. */
  static CommandLine commandLine(Program program, String version) {
    CommandLine line =
        switch (program) {
          case TEOSD -> TeosdCommandLine.withAllCommands();
          case TEOS_CLI -> CliOptions.commandLine(version);
          case TEOS_CLIENT -> new Commands().commandLine();
        };
    setVersion(line.getCommandSpec(), version);
    return line;
  }

  private static void setVersion(CommandSpec spec, String version) {
    spec.version("java-teos " + version);
    spec.subcommands().values().forEach(sub -> setVersion(sub.getCommandSpec(), version));
  }

  /**
   * Writes all pages.
   *
   * @param sections folder of AsciiDoc files that are appended to the pages of the programs
   * @param timestamp date of the pages
   */
  static void write(Image image, Path sections, String version, Instant timestamp)
      throws IOException {
    Path sources = Files.createTempDirectory("teos-man");
    Files.createDirectories(image.manual());
    for (Program program : Program.values()) {
      CommandSpec spec = commandLine(program, version).getCommandSpec();
      ManPageGenerator.generateManPage(sources.toFile(), null, new boolean[0], true, spec);
      String name = program.command();
      String end = Files.readString(sections.resolve(name + ".adoc"));
      append(sources.resolve(name + ".adoc"), end.replace("@VARIABLES@", variables()));
      for (CommandLine command : spec.subcommands().values()) {
        if (!command.getCommandSpec().usageMessage().hidden()) {
          append(
              sources.resolve(name + "-" + command.getCommandName() + ".adoc"),
              "== See also\n\n*" + name + "*(1)\n");
        }
      }
    }
    try (Asciidoctor asciidoctor = Asciidoctor.Factory.create();
        Stream<Path> pages = Files.list(sources)) {
      Options options =
          Options.builder()
              .backend("manpage")
              .standalone(true)
              .attributes(
                  Attributes.builder()
                      .attribute("docdate", timestamp.toString().substring(0, 10))
                      .build())
              .build();
      for (Path page : pages.sorted().toList()) {
        String roff = asciidoctor.convert(literal(Files.readAllLines(page)), options);
        String name = page.getFileName().toString().replaceFirst("adoc$", "1.gz");
        try (OutputStream out =
            new GZIPOutputStream(Files.newOutputStream(image.manual().resolve(name)))) {
          out.write((roff.strip() + "\n").getBytes(UTF_8));
        }
      }
    }
    Folders.delete(sources);
  }

  private static void append(Path page, String sections) throws IOException {
    Files.writeString(page, "\n" + sections, StandardOpenOption.APPEND);
  }

  /** Returns an AsciiDoc list of the environment variables that set options, with those options. */
  private static String variables() {
    return TeosdCommandLine.environment().entrySet().stream()
        .map(variable -> "*" + variable.getKey() + "*::\n  " + variable.getValue() + "\n")
        .collect(Collectors.joining("\n"));
  }

  /**
   * Marks the generated texts on options and commands as literal, because {@code ~}, {@code _} and
   * {@code ->} have a meaning in AsciiDoc.
   */
  private static String literal(List<String> lines) {
    List<String> result = new ArrayList<>();
    String before = "";
    boolean generated = true;
    boolean description = false;
    for (String line : lines) {
      description = description ? !line.startsWith("//") : line.equals("== Description");
      generated = generated && !line.equals("// end::picocli-generated-full-manpage[]");
      boolean text =
          generated
              && (before.endsWith("::")
                  || before.equals("+")
                  || (description && !line.startsWith("==")));
      result.add(text && !line.isBlank() ? literal(line) : line);
      before = line;
    }
    return String.join("\n", result);
  }

  private static String literal(String line) {
    String indent = line.startsWith("  ") ? "  " : "";
    return indent + "pass:c[" + line.strip().replaceAll("]", Matcher.quoteReplacement("\\]")) + "]";
  }
}
