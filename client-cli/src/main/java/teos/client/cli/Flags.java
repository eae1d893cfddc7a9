package teos.client.cli;

import java.io.File;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Options of all commands, before or after the command. The last occurrence counts. */
record Flags(ParseResult root) {

  static List<OptionSpec> specs() {
    return List.of(
        text(
            "--apiconnect",
            "<host>",
            "The tower's host; https://<host> for TLS. Default: the registered one, or localhost"),
        text(
            "--apiport", "<port>", "Port of the tower's API. Default: the registered one, or 9814"),
        text("--tower", "<id>", "The tower's id. Default: the tower registered last"),
        text("--proxy", "<url>", "SOCKS5 proxy, such as socks5://127.0.0.1:9050 for Tor"),
        path(
            "--cacert",
            "<file>",
            "Certificates (PEM) to trust for https://, instead of the system's"),
        word(
            "--dialect",
            "<dialect>",
            List.of("v1", "v2"),
            "v1 or v2. Default: the registered one, or detected"),
        text("--timeout", "<seconds>", "Time limit for each request. Default: 30"),
        path("--datadir", "<folder>", "Your folder. Default: ~/.teos_client"),
        flag("--json", "Prints JSON also on a terminal, including errors"),
        flag("--wide", "Does not shorten tables to the width of the terminal"));
  }

  /** Returns an option with a text value. */
  static OptionSpec text(String name, String label, String help) {
    return OptionSpec.builder(name).type(String.class).paramLabel(label).description(help).build();
  }

  /** Returns an option whose values are {@code words}, which shells complete. */
  static OptionSpec word(String name, String label, List<String> words, String help) {
    return OptionSpec.builder(name)
        .type(String.class)
        .completionCandidates(words)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** Returns an option with a path, which shells complete. The value stays text. */
  static OptionSpec path(String name, String label, String help) {
    return OptionSpec.builder(name)
        .type(File.class)
        .converters(text -> text)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** Returns an option without a value. */
  static OptionSpec flag(String name, String help) {
    return OptionSpec.builder(name).type(boolean.class).arity("0").description(help).build();
  }

  /** Returns an option without a value, with a short and a long name. */
  static OptionSpec flag(String name, String longName, String help) {
    return OptionSpec.builder(name, longName)
        .type(boolean.class)
        .arity("0")
        .description(help)
        .build();
  }

  /** Returns the value of an option, if given. */
  Optional<String> text(String name) {
    Optional<String> found = Optional.empty();
    for (ParseResult part = root; part != null; part = part.subcommand()) {
      if (part.hasMatchedOption(name)) {
        found = Optional.of(part.matchedOptionValue(name, ""));
      }
    }
    return found;
  }

  /** Returns whether an option is given. */
  boolean isOn(String name) {
    for (ParseResult part = root; part != null; part = part.subcommand()) {
      if (part.hasMatchedOption(name)) {
        return true;
      }
    }
    return false;
  }
}
