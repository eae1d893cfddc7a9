package teos.client.cli;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The command line of teos-client. */
public final class Commands {

  static final String NAME = "teos-client";

  private static final int WIDTH = 100;

  private final List<Command> commands =
      List.of(
          new RegisterCommand(),
          new AddAppointmentCommand(),
          new GetAppointmentCommand(),
          new DeleteAppointmentCommand(),
          new GetSubscriptionInfoCommand(),
          new GetReceiptCommand(),
          new SendQueuedCommand(),
          new ListTowersCommand(),
          new RemoveTowerCommand(),
          new PingCommand(),
          new VerifyCommand(),
          new CompletionCommand(),
          new HelpCommand());

  /** Returns the names of all commands, in the order of the help. */
  List<String> names() {
    return commands.stream().map(Command::name).toList();
  }

  /** Returns the command with this name, which must exist. */
  Command named(String name) {
    return commands.stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Returns the parser for all commands. */
  public CommandLine commandLine() {
    CommandSpec root =
        spec(
            NAME, List.of("Sends appointments to Lightning watchtowers and keeps their receipts."));
    root.usageMessage()
        .synopsisSubcommandLabel("COMMAND")
        .commandListHeading("%nCommands:%n")
        .footerHeading("%nExit codes:%n")
        .footer(Stream.of(ExitCode.values()).map(ExitCode::line).toArray(String[]::new));
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .type(boolean.class)
            .arity("0")
            .versionHelp(true)
            .description("Shows the version")
            .build());
    for (Command command : commands) {
      CommandSpec spec = spec(command.name(), command.description());
      command.configure(spec);
      root.addSubcommand(command.name(), new CommandLine(spec));
    }
    return new CommandLine(root).setExpandAtFiles(false);
  }

  private static CommandSpec spec(String name, List<String> description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .description(description.toArray(String[]::new))
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n");
    Flags.specs().forEach(spec::addOption);
    return spec.addOption(
        OptionSpec.builder("-h", "--help")
            .type(boolean.class)
            .arity("0")
            .usageHelp(true)
            .description("Shows this help")
            .build());
  }
}
