package teos.client.cli;

import java.io.File;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** A command of teos-client. */
interface Command {

  String name();

  /** Returns the paragraphs of the help. The first is also shown in the list of commands. */
  List<String> description();

  /** Adds the command's own arguments and options. */
  default void configure(CommandSpec spec) {}

  /** Runs the command and returns the exit code. */
  int run(ParseResult parsed, Context context) throws Exception;

  /** Returns a required argument. */
  static PositionalParamSpec argument(String label, String help) {
    return PositionalParamSpec.builder()
        .type(String.class)
        .arity("1")
        .required(true)
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** Returns an argument that is one of {@code words}, which shells complete. */
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

  /** Returns a required path, which shells complete. The value stays text. */
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

  /** Returns an optional argument. */
  static PositionalParamSpec optionalArgument(String label, String help) {
    return PositionalParamSpec.builder()
        .type(String.class)
        .arity("0..1")
        .paramLabel(label)
        .description(help)
        .build();
  }

  /** Returns the option {@code -f, --file}. */
  static OptionSpec file() {
    return OptionSpec.builder("-f", "--file")
        .type(File.class) // for completion; the value stays text
        .converters(text -> text)
        .paramLabel("<file>")
        .description("Reads the appointment from a file, or from standard input if it is -")
        .build();
  }
}
