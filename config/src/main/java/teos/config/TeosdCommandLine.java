package teos.config;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The command line of {@code teosd} in picocli's terms: commands, options and their help. */
public final class TeosdCommandLine {

  static final String PROGRAM = "teosd";
  static final String HELP = "help";
  static final String COMPLETION = "completion";
  static final String DATA_DIR = "--datadir";
  static final String YES = "--yes";

  private static final String DEFAULT_DATA_DIR = "~/.teos";
  private static final String HELP_HELP = "Shows this help, or the help of a command.";
  private static final String COMPLETION_HELP =
      "Prints a script that completes teosd's command line in bash or zsh.";

  private TeosdCommandLine() {}

  /**
   * Returns the whole command line with all commands, for completion and the manual. Options are in
   * groups, and each command has only those that it uses.
   */
  public static CommandLine withAllCommands() {
    CommandSpec root = TeosdHelp.grouped(of(TeosdCommand.RUN).getCommandSpec());
    for (TeosdCommand command : TeosdCommand.values()) {
      if (command != TeosdCommand.RUN) {
        CommandSpec spec = of(command).getCommandSpec().name(command.word());
        add(root, TeosdHelp.grouped(spec));
      }
    }
    add(root, completionCommand());
    add(root, helpCommand());
    return new CommandLine(root);
  }

  /** Returns the environment variables of all settings, with the flags of the same settings. */
  public static SortedMap<String, String> environment() {
    SortedMap<String, String> flags = new TreeMap<>();
    Setting.withFlag()
        .filter(setting -> !setting.isCommandLineOnly())
        .forEach(setting -> flags.put(Environment.variable(setting.key()), setting.flag()));
    return flags;
  }

  /** Returns the text of {@code teosd --help} or {@code teosd COMMAND --help}. */
  static String help(TeosdCommand command) {
    CommandLine line = of(command);
    if (command == TeosdCommand.RUN) {
      for (TeosdCommand other : TeosdCommand.values()) {
        if (other != TeosdCommand.RUN) {
          TeosdHelp.addCommand(line, other.word(), other.help());
        }
      }
      TeosdHelp.addCommand(line, COMPLETION, COMPLETION_HELP);
      TeosdHelp.addCommand(line, HELP, HELP_HELP);
    }
    return TeosdHelp.of(line);
  }

  /** Returns the command line of {@code teosd help} or {@code teosd completion}. */
  static CommandLine ofHelper(String name) {
    CommandSpec spec = name.equals(HELP) ? helpCommand() : completionCommand();
    spec.name(PROGRAM + " " + name).usageMessage().abbreviateSynopsis(true);
    return new CommandLine(spec.addOption(helpOption()));
  }

  /** Returns the command line of {@code command}, with the options that it does not use hidden. */
  static CommandLine of(TeosdCommand command) {
    CommandSpec spec = CommandSpec.create().name((PROGRAM + " " + command.word()).strip());
    spec.usageMessage().width(100).sortOptions(false).abbreviateSynopsis(true);
    if (command == TeosdCommand.RUN) {
      spec.usageMessage()
          .description(
              "The Eye of Satoshi, a Lightning watchtower. Without a command it runs the tower.")
          .footer(
              "",
              "Every option except those under General is also a key of teos.toml or teos.conf, and"
                  + " an",
              "environment variable: --apiport is api_port and TEOS_API_PORT. Options override",
              "variables, and variables override the file.",
              "'teosd COMMAND --help' lists the options of a command.");
    } else {
      spec.usageMessage().description(command.help());
    }
    if (!command.operand().isEmpty()) {
      spec.addPositional(operand(command));
    }
    // Unused options are accepted too, so that scripts can pass the tower's options to a command.
    Setting.withFlag()
        .map(setting -> option(setting).hidden(!command.uses(setting)).build())
        .forEach(spec::addOption);
    spec.addOption(
        OptionSpec.builder(DATA_DIR)
            .type(File.class)
            .converters(text -> text)
            .paramLabel("<folder>")
            .description(
                "Data folder.", "Default: " + DEFAULT_DATA_DIR + ", or the variable TEOS_DATADIR")
            .build());
    spec.addOption(
        flag("Answers yes to the question of --overwritekey.", "-y", YES)
            .hidden(command != TeosdCommand.RUN)
            .build());
    spec.addOption(helpOption());
    spec.addOption(flag("Shows the version.", "-V", "--version").versionHelp(true).build());
    return new CommandLine(spec)
        // A password may start with @ or -.
        .setExpandAtFiles(false)
        .setAllowOptionsAsOptionParameters(true);
  }

  private static PositionalParamSpec operand(TeosdCommand command) {
    return PositionalParamSpec.builder()
        .type(File.class) // for completion; the value stays text
        .converters(text -> text)
        .arity("1")
        .index("0")
        .required(true)
        .paramLabel(command.operand())
        .description(command.help())
        .build();
  }

  private static OptionSpec.Builder option(Setting setting) {
    if (setting.isSwitch()) {
      OptionSpec.Builder builder = flag(setting.help(), setting.flag());
      return setting == Setting.DAEMON ? builder.names("-d", "--daemon") : builder;
    }
    Rule rule = setting.rule();
    OptionSpec.Builder builder =
        OptionSpec.builder(setting.flag()).type(String.class).paramLabel(rule.label());
    if (rule instanceof Rule.OneOf oneOf) {
      builder.completionCandidates(oneOf.words());
    } else if (rule instanceof Rule.FilePath) {
      builder.type(File.class).converters(text -> text);
    }
    return setting.defaultValue().isEmpty()
        ? builder.description(setting.help())
        : builder.description(setting.help(), "Default: " + setting.defaultValue());
  }

  private static OptionSpec helpOption() {
    return flag("Shows this help.", "-h", "--help").usageHelp(true).build();
  }

  private static OptionSpec.Builder flag(String help, String... names) {
    return OptionSpec.builder(names[0], Arrays.copyOfRange(names, 1, names.length))
        .type(boolean.class)
        .arity("0")
        .description(help);
  }

  private static void add(CommandSpec root, CommandSpec command) {
    root.addSubcommand(command.name(), command);
  }

  private static CommandSpec completionCommand() {
    return helper(COMPLETION, COMPLETION_HELP, "<shell>", true, List.of("bash", "zsh"));
  }

  private static CommandSpec helpCommand() {
    return helper(HELP, HELP_HELP, "<command>", false, TeosdCommand.words());
  }

  private static CommandSpec helper(
      String name, String help, String operand, boolean required, List<String> words) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(help);
    return spec.addPositional(
        PositionalParamSpec.builder()
            .type(String.class)
            .arity(required ? "1" : "0..1")
            .required(required)
            .completionCandidates(words)
            .paramLabel(operand)
            .description("One of: " + String.join(", ", words) + ".")
            .build());
  }
}
