package teos.cli;

import java.io.File;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ScopeType;

/** The command line of teos-cli in picocli's terms. Options may stand before or after a command. */
public final class CliOptions {

  static final String RPC_BIND = "--rpcbind";
  static final String RPC_PORT = "--rpcport";
  static final String DATA_DIR = "--datadir";
  static final String JSON = "--json";
  static final String DEBUG = "--debug";
  static final String WIDE = "--wide";

  private static final int WIDTH = 100;

  private CliOptions() {}

  /** Returns the whole command line with all of its commands. */
  public static CommandLine commandLine(String version) {
    CommandSpec root = CommandSpec.create().name("teos-cli").version("teos-cli " + version);
    root.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .description("Shows and controls a running tower.")
        .exitCodeListHeading("%nExit codes:%n")
        .footer(
            "",
            "Prints tables on a terminal, otherwise JSON. Finds the tower's RPC through the"
                + " tower's",
            "teos.toml or teos.conf in the data folder, which also contains the operator's",
            "certificate.");
    root.usageMessage().exitCodeList(exitCodes());
    root.addOption(
        text(
            "<host>",
            "Host of the tower's RPC. Default: rpc_bind, or 127.0.0.1.",
            RPC_BIND,
            "--rpcconnect"));
    root.addOption(
        text("<port>", "Port of the tower's RPC. Default: rpc_port, or 8814.", RPC_PORT));
    root.addOption(
        option(DATA_DIR)
            .type(File.class) // for completion; the value stays text
            .converters(text -> text)
            .paramLabel("<folder>")
            .description(
                "The tower's data folder. Default: TEOS_DATADIR; or ~/.teos if it exists; or"
                    + " /var/lib/teos of the package's service.")
            .build());
    root.addOption(flag("Prints JSON on a terminal too.", JSON).build());
    root.addOption(
        flag("Prints full tables, even if they are wider than the terminal.", WIDE).build());
    root.addOption(flag("Shows the details of an error.", "-d", DEBUG).build());
    root.addOption(flag("Shows this help.", "-h", "--help").usageHelp(true).build());
    root.addOption(flag("Shows the version.", "-V", "--version").versionHelp(true).build());
    for (Command command : Command.values()) {
      root.addSubcommand(command.spelling(), spec(command, command.spelling()));
      if (!command.alias().equals(command.spelling())) {
        CommandSpec alias = spec(command, command.alias());
        alias.usageMessage().hidden(true);
        root.addSubcommand(command.alias(), alias);
      }
    }
    return new CommandLine(root).setExpandAtFiles(false);
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(Integer.toString(code.code()), code.meaning());
    }
    return codes;
  }

  private static CommandSpec spec(Command command, String name) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .description(command.help());
    for (int i = 0; i < command.parameters().size(); i++) {
      spec.addPositional(positional(command, i));
    }
    return spec;
  }

  private static String operandHelp(Command command, int index) {
    return switch (command) {
      case GET_APPOINTMENTS -> "A locator (32 hex digits) or the txid of a commitment (64).";
      case GET_USER, INVITE_USER, WITHDRAW_INVITATION -> "The user's id (66 hex digits).";
      case LABEL_USER ->
          index == 0
              ? "The user's id (66 hex digits)."
              : "Up to 64 printable characters; \"\" removes the label.";
      case DELETE_SESSION -> "The session's key (66 hex digits).";
      case SET_LOG_LEVEL -> "A package, a class or ROOT, and its log level.";
      case COMPLETION -> "bash or zsh.";
      case HELP -> "The command.";
      default -> "";
    };
  }

  private static PositionalParamSpec positional(Command command, int index) {
    String parameter = command.parameters().get(index);
    boolean optional = parameter.startsWith("[");
    PositionalParamSpec.Builder positional =
        PositionalParamSpec.builder()
            .type(String.class)
            .index(Integer.toString(index))
            .arity(optional ? "0..1" : "1")
            .required(!optional)
            .paramLabel(optional ? parameter.substring(1, parameter.length() - 1) : parameter)
            .description(operandHelp(command, index));
    switch (command) {
      case COMPLETION -> positional.completionCandidates(List.of("bash", "zsh"));
      case HELP ->
          positional.completionCandidates(
              Arrays.stream(Command.values()).map(Command::spelling).toList());
      default -> {
        // nothing to choose from
      }
    }
    return positional.build();
  }

  private static OptionSpec text(String label, String help, String... names) {
    return option(names).type(String.class).paramLabel(label).description(help).build();
  }

  private static OptionSpec.Builder flag(String help, String... names) {
    return option(names).type(boolean.class).arity("0").description(help);
  }

  private static OptionSpec.Builder option(String... names) {
    return OptionSpec.builder(names[0], Arrays.copyOfRange(names, 1, names.length))
        .scopeType(ScopeType.INHERIT);
  }
}
