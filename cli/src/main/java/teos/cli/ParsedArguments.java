package teos.cli;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * Parsed command line. Options stand before or after the command; those after it take precedence.
 *
 * @param program options before the command
 * @param command the command with its options and arguments; the same as {@code program} if there
 *     is no command
 */
record ParsedArguments(ParseResult program, ParseResult command) {

  static ParsedArguments of(ParseResult parsed) {
    return new ParsedArguments(parsed, parsed.hasSubcommand() ? parsed.subcommand() : parsed);
  }

  boolean hasCommand() {
    return program.hasSubcommand();
  }

  CommandSpec spec() {
    return command.commandSpec();
  }

  boolean asksForHelp() {
    return program.isUsageHelpRequested() || command.isUsageHelpRequested();
  }

  boolean asksForVersion() {
    return program.isVersionHelpRequested() || command.isVersionHelpRequested();
  }

  Optional<String> option(String name) {
    ParseResult source = command.hasMatchedOption(name) ? command : program;
    return Optional.ofNullable(source.matchedOptionValue(name, (String) null));
  }

  boolean flag(String name) {
    return program.hasMatchedOption(name) || command.hasMatchedOption(name);
  }

  /** Returns the command's first argument. */
  Optional<String> argument() {
    return argument(0);
  }

  /** Returns the command's argument at {@code index}, counted from 0. */
  Optional<String> argument(int index) {
    return command.hasMatchedPositional(index)
        ? Optional.of(command.matchedPositional(index).getValue())
        : Optional.empty();
  }
}
