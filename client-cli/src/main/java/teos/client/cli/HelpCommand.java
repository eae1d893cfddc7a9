package teos.client.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.common.Suggestion;

final class HelpCommand implements Command {

  @Override
  public String name() {
    return "help";
  }

  @Override
  public List<String> description() {
    return List.of("Shows all commands, or the help of one.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.word("COMMAND", false, new Commands().names(), "Name of a command"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    CommandLine all = new Commands().commandLine();
    String name = given.matchedPositionalValue(0, (String) null);
    CommandLine command = name == null ? all : all.getSubcommands().get(name);
    if (command == null) {
      throw new UsageException(
          "there is no command '"
              + name
              + "'"
              + Suggestion.hint(name, all.getSubcommands().keySet()));
    }
    context.output().text(command.getUsageMessage(Ansi.OFF).stripTrailing());
    return ExitCode.OK.code();
  }
}
