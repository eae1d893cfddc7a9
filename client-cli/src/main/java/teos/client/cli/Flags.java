package teos.client.cli;

import java.io.File;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options that every command has, before it or after it. The last of the same counts. */
record Flags(ParseResult root) {

  static List<OptionSpec> specs() {
    return List.of(
        text(
            "--apiconnect",
            "<host>",
            "Where the tower is; https://<host> for TLS. Default: as registered, or localhost"),
        text("--apiport", "<port>", "Port of its API. Default: as registered, or 9814"),
        text("--tower", "<id>", "The tower's id. Default: the one registered with last"),
        text("--proxy", "<url>", "SOCKS5 proxy, such as socks5://127.0.0.1:9050 for Tor"),
        path(
            "--cacert",
            "<file>",
            "Certificates (PEM) by which towers over https:// are trusted, instead of the"
                + " system's"),
        word(
            "--dialect",
            "<dialect>",
            List.of("v1", "v2"),
            "v1 or v2. Default: as registered, or found out"),
        text("--timeout", "<seconds>", "How long to wait for an answer. Default: 30"),
        path("--datadir", "<folder>", "Your folder. Default: ~/.teos_client"),
        flag("--json", "JSON also where the output is a terminal; errors too"),
        flag("--wide", "Tables in full, also where the terminal is not as wide"));
  }

  static OptionSpec text(String name, String label, String help) {
    return OptionSpec.builder(name).type(String.class).paramLabel(label).description(help).build();
  }

  /** What it takes are words, which shells complete. */
  static OptionSpec word(String name, String label, List<String> words, String help) {
    return OptionSpec.builder(name)
        .type(String.class)
        .completionCandidates(words)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** What it takes is a path, which shells complete; it stays text here. */
  static OptionSpec path(String name, String label, String help) {
    return OptionSpec.builder(name)
        .type(File.class)
        .converters(text -> text)
        .paramLabel(label)
        .description(help)
        .build();
  }

  static OptionSpec flag(String name, String help) {
    return OptionSpec.builder(name).type(boolean.class).arity("0").description(help).build();
  }

  static OptionSpec flag(String name, String longName, String help) {
    return OptionSpec.builder(name, longName)
        .type(boolean.class)
        .arity("0")
        .description(help)
        .build();
  }

  Optional<String> text(String name) {
    Optional<String> found = Optional.empty();
    for (ParseResult part = root; part != null; part = part.subcommand()) {
      if (part.hasMatchedOption(name)) {
        found = Optional.of(part.matchedOptionValue(name, ""));
      }
    }
    return found;
  }

  boolean isOn(String name) {
    for (ParseResult part = root; part != null; part = part.subcommand()) {
      if (part.hasMatchedOption(name)) {
        return true;
      }
    }
    return false;
  }
}
