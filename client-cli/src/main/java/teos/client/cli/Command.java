package teos.client.cli;

import java.io.File;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** A command of the program. */
interface Command {

  String name();

  /** The first line is what the list of commands says. */
  List<String> description();

  /** Adds what the command takes beside the options of all. */
  default void configure(CommandSpec spec) {}

  /** Does it; the answer is the exit code. */
  int run(ParseResult given, Context context) throws Exception;

  static PositionalParamSpec argument(String label, String help) {
    return PositionalParamSpec.builder()
        .type(String.class)
        .arity("1")
        .required(true)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** One of {@code words}, which shells complete. */
  static PositionalParamSpec word(String label, boolean required, List<String> words, String help) {
    return PositionalParamSpec.builder()
        .type(String.class)
        .completionCandidates(words)
        .arity(required ? "1" : "0..1")
        .required(required)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** A path, which shells complete; it stays text here. */
  static PositionalParamSpec path(String label, String help) {
    return PositionalParamSpec.builder()
        .type(File.class)
        .converters(text -> text)
        .arity("1")
        .required(true)
        .paramLabel(label)
        .description(help)
        .build();
  }

  static PositionalParamSpec optionalArgument(String label, String help) {
    return PositionalParamSpec.builder()
        .type(String.class)
        .arity("0..1")
        .paramLabel(label)
        .description(help)
        .build();
  }

  static OptionSpec file() {
    return OptionSpec.builder("-f", "--file")
        .type(File.class) // for completion; it stays text
        .converters(text -> text)
        .paramLabel("<file>")
        .description("Reads the appointment from a file; - is standard input.")
        .build();
  }
}
