package teos.cli;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * What the command line gave: options stand with the program or with the command, and the command's
 * count.
 *
 * @param program what stands before the command
 * @param command the command, or the program again where there is none
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
    ParseResult where = command.hasMatchedOption(name) ? command : program;
    return Optional.ofNullable(where.matchedOptionValue(name, (String) null));
  }

  boolean flag(String name) {
    return program.hasMatchedOption(name) || command.hasMatchedOption(name);
  }

  /** The command's first argument. */
  Optional<String> argument() {
    return argument(0);
  }

  /** The command's argument at {@code index}. */
  Optional<String> argument(int index) {
    return command.hasMatchedPositional(index)
        ? Optional.of(command.matchedPositional(index).getValue())
        : Optional.empty();
  }
}
