package teos.config;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import teos.common.Completion;
import teos.common.Suggestion;
import teos.common.Version;

/**
 * The command line of {@code teosd}: the flags of both reference towers and a flag for every other
 * setting. Values are not checked here but by {@link ConfigLoader}, as those of a file are.
 */
public final class TeosdOptions {

  private static final String DEFAULT_DATA_DIR = "~/.teos";
  private static final int BAD_USAGE = 2;
  private static final String PROGRAM = "teosd";
  private static final String HELP = "help";
  private static final String HELP_HELP = "Shows this help, or that of a command.";
  private static final String SHOWS_HELP = "Shows this help.";
  private static final String COMPLETION = "completion";
  private static final String COMPLETION_HELP =
      "Prints a script that completes teosd's command line in bash or zsh.";

  private TeosdOptions() {}

  /** What the command line asks for. */
  public sealed interface Request {}

  /**
   * To start the tower, or to do something else with its data folder.
   *
   * @param command what to do
   * @param operand the folder or file that it is done with, absolute; none where there is none
   * @param dataDir absolute; the tower's data folder, without the network's
   * @param commandLine for {@link ConfigLoader#load}
   * @param assumeYes answers yes to the question that {@code --overwritekey} asks
   */
  public record Start(
      TeosdCommand command,
      Optional<Path> operand,
      Path dataDir,
      Map<String, String> commandLine,
      boolean assumeYes)
      implements Request {
    public Start {
      commandLine = Map.copyOf(commandLine);
    }

    /** Leaves the values out: a password may be among them. */
    @Override
    public String toString() {
      return "Start[command="
          + command
          + ", operand="
          + operand
          + ", dataDir="
          + dataDir
          + ", commandLine="
          + commandLine.keySet()
          + "]";
    }
  }

  /**
   * To print {@code text} and exit.
   *
   * @param text help or version, for standard output; with another code than 0 what is wrong, for
   *     standard error
   * @param exitCode 0, or 2 if the command line is wrong
   */
  public record Exit(String text, int exitCode) implements Request {}

  /**
   * Reads the command line. The first argument that is neither an option nor an option's value may
   * be a {@link TeosdCommand}'s word, {@code help} or {@code completion}.
   */
  public static Request parse(String... args) {
    int at = commandIndex(args);
    String typed = at < args.length ? args[at] : "";
    if (typed.equals(HELP) || typed.equals(COMPLETION)) {
      return helper(typed, Arrays.copyOfRange(args, at + 1, args.length));
    }
    TeosdCommand word = TeosdCommand.named(typed).orElse(TeosdCommand.RUN);
    List<String> options = new ArrayList<>(List.of(args));
    if (word != TeosdCommand.RUN) {
      options.remove(at);
    }
    CommandLine command = command(word);
    try {
      ParseResult result = command.parseArgs(options.toArray(String[]::new));
      if (result.isUsageHelpRequested()) {
        return new Exit(help(word), 0);
      }
      if (result.isVersionHelpRequested()) {
        return new Exit("teosd " + Version.current(), 0);
      }
      return start(word, result);
    } catch (UnmatchedArgumentException e) {
      return wrong(unmatched(e.getUnmatched().getFirst(), command, holdsSecret(args)));
    } catch (ParameterException e) {
      return wrong(Objects.requireNonNullElse(e.getMessage(), "the command line is wrong"));
    } catch (InvalidPathException e) {
      return wrong("--datadir or what follows the command is no path");
    }
  }

  /** Returns the index of the command's word, or the number of arguments without one. */
  private static int commandIndex(String... args) {
    var options = command(TeosdCommand.RUN).getCommandSpec().optionsMap();
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      @Nullable OptionSpec option = options.get(args[at].replaceFirst("=.*", ""));
      if (option == null) {
        return args.length; // what follows may be its value
      }
      at += option.arity().max() == 0 || args[at].contains("=") ? 1 : 2;
    }
    return Math.min(at, args.length);
  }

  /** Answers {@code help} and {@code completion}. */
  private static Exit helper(String typed, String... args) {
    CommandLine command = helper(typed);
    try {
      ParseResult result = command.parseArgs(args);
      String operand = result.matchedPositionalValue(0, "");
      if (result.isUsageHelpRequested()) {
        return new Exit(TeosdHelp.of(command), 0);
      }
      return typed.equals(HELP) ? help(operand) : completion(operand);
    } catch (UnmatchedArgumentException e) {
      return wrong(unmatched(e.getUnmatched().getFirst(), command, false));
    } catch (ParameterException e) {
      return wrong(e.getMessage() + ": " + Completion.SHELLS);
    }
  }

  private static CommandLine helper(String typed) {
    CommandSpec spec = typed.equals(HELP) ? helpCommand() : completionCommand();
    spec.name(PROGRAM + " " + typed).usageMessage().abbreviateSynopsis(true);
    spec.addOption(plain(SHOWS_HELP, "-h", "--help").usageHelp(true).build());
    return new CommandLine(spec);
  }

  private static Exit help(String typed) {
    return switch (typed) {
      case "" -> new Exit(help(TeosdCommand.RUN), 0);
      case HELP, COMPLETION -> new Exit(TeosdHelp.of(helper(typed)), 0);
      default ->
          TeosdCommand.named(typed)
              .map(word -> new Exit(help(word), 0))
              .orElseGet(() -> wrong(unknown(typed)));
    };
  }

  private static String help(TeosdCommand word) {
    CommandLine command = command(word);
    if (word == TeosdCommand.RUN) {
      for (TeosdCommand other : TeosdCommand.values()) {
        if (other != TeosdCommand.RUN) {
          TeosdHelp.list(command, other.word(), other.help());
        }
      }
      TeosdHelp.list(command, COMPLETION, COMPLETION_HELP);
      TeosdHelp.list(command, HELP, HELP_HELP);
    }
    return TeosdHelp.of(command);
  }

  /** The script that completes teosd's command line in {@code shell}. */
  public static Exit completion(String shell) {
    return Completion.script(commandLine(), shell)
        .map(script -> new Exit(script, 0))
        .orElseGet(() -> wrong("completion is for " + Completion.SHELLS + ", not '" + shell + "'"));
  }

  /**
   * Returns the whole command line with all of its commands, for completion and the manual. Options
   * are grouped by what they are about, and a command has those that it uses.
   */
  public static CommandLine commandLine() {
    CommandSpec root = TeosdHelp.grouped(command(TeosdCommand.RUN).getCommandSpec());
    for (TeosdCommand word : TeosdCommand.values()) {
      if (word != TeosdCommand.RUN) {
        CommandSpec spec = command(word).getCommandSpec().name(word.word());
        add(root, TeosdHelp.grouped(spec));
      }
    }
    add(root, completionCommand());
    add(root, helpCommand());
    return new CommandLine(root);
  }

  /** Returns the environment variables that are settings, with the flags of the same. */
  public static SortedMap<String, String> environment() {
    SortedMap<String, String> flags = new TreeMap<>();
    Setting.flagged()
        .filter(setting -> !setting.commandLineOnly())
        .forEach(setting -> flags.put(Environment.variable(setting.key()), setting.flag()));
    return flags;
  }

  private static void add(CommandSpec root, CommandSpec command) {
    root.addSubcommand(command.name(), command);
  }

  private static CommandSpec completionCommand() {
    return plainCommand(COMPLETION, COMPLETION_HELP, "<shell>", true, List.of("bash", "zsh"));
  }

  private static CommandSpec helpCommand() {
    return plainCommand(HELP, HELP_HELP, "<command>", false, TeosdCommand.words());
  }

  private static CommandSpec plainCommand(
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

  private static Request start(TeosdCommand command, ParseResult result) {
    Map<String, String> given = new LinkedHashMap<>();
    Setting.flagged()
        .filter(setting -> result.hasMatchedOption(setting.flag()))
        .forEach(
            setting -> {
              Object value = result.matchedOptionValue(setting.flag(), setting.defaultValue());
              given.put(setting.key(), value.toString());
            });
    Optional<String> folder =
        Optional.ofNullable(result.matchedOptionValue("--datadir", (String) null));
    if (folder.filter(String::isBlank).isPresent()) {
      return wrong("--datadir is not the path of a folder");
    }
    boolean yes = result.matchedOptionValue("--yes", false);
    Optional<Path> operand =
        command.operand().isEmpty()
            ? Optional.empty()
            : Optional.of(ConfigLoader.folder(result.matchedPositionalValue(0, "")));
    Path dataDir = folder.map(ConfigLoader::folder).orElseGet(DefaultFolder::ofTower);
    return new Start(command, operand, dataDir, given, yes);
  }

  private static Exit wrong(String message) {
    return new Exit(message + "\nteosd --help lists the options.", BAD_USAGE);
  }

  /**
   * Picocli's own message repeats the arguments, and a misspelled flag's may be a password.
   *
   * @param secret whether {@code argument} may be a part of a password, which is not shown then
   */
  private static String unmatched(String argument, CommandLine command, boolean secret) {
    if (argument.startsWith("-")) {
      String option = argument.replaceFirst("=.*", "");
      return "Unknown option: "
          + option
          + Suggestion.hint(option, command.getCommandSpec().optionsMap().keySet());
    }
    if (secret) {
      return "there is an argument too many; what has spaces in it must be in quotes";
    }
    String program = command.getCommandName();
    return program.equals(PROGRAM)
        ? unknown(argument)
        : "unexpected argument '" + argument + "' of " + program;
  }

  private static String unknown(String typed) {
    List<String> words = new ArrayList<>(TeosdCommand.words());
    words.addAll(List.of(COMPLETION, HELP));
    String hint = Suggestion.hint(typed, words);
    return "unknown command '"
        + typed
        + (hint.isEmpty() ? "'; without a command teosd runs the tower" : "'" + hint);
  }

  private static boolean holdsSecret(String... args) {
    return Setting.flagged()
        .filter(Setting::isSecret)
        .anyMatch(
            setting ->
                Arrays.stream(args)
                    .map(arg -> arg.replaceFirst("=.*", ""))
                    .anyMatch(setting.flag()::equals));
  }

  private static CommandLine command(TeosdCommand command) {
    CommandSpec spec = CommandSpec.create().name((PROGRAM + " " + command.word()).strip());
    spec.usageMessage()
        .width(100)
        .sortOptions(false)
        .abbreviateSynopsis(true)
        .description(
            command == TeosdCommand.RUN
                ? "The Eye of Satoshi, a Lightning watchtower. Without a command it runs the tower."
                : command.help());
    if (command == TeosdCommand.RUN) {
      spec.usageMessage()
          .footer(
              "",
              "Every option but those under General is also a key of teos.toml or teos.conf, and"
                  + " an",
              "environment variable: --apiport is api_port and TEOS_API_PORT. Options override",
              "variables, and variables override the file.",
              "'teosd COMMAND --help' lists the options of a command.");
    }
    if (!command.operand().isEmpty()) {
      spec.addPositional(
          PositionalParamSpec.builder()
              .type(File.class) // for completion; its value stays text
              .converters(text -> text)
              .arity("1")
              .index("0")
              .required(true)
              .paramLabel(command.operand())
              .description(command.help())
              .build());
    }
    // What a command does not use it takes all the same, as it always has, and does not show.
    Setting.flagged()
        .map(setting -> option(setting).hidden(!command.uses(setting)).build())
        .forEach(spec::addOption);
    spec.addOption(
        OptionSpec.builder("--datadir")
            .type(File.class)
            .converters(text -> text)
            .paramLabel("<folder>")
            .description(
                "The data folder.",
                "Default: " + DEFAULT_DATA_DIR + ", or the variable TEOS_DATADIR")
            .build());
    spec.addOption(
        plain("Answers yes to the question that --overwritekey asks.", "-y", "--yes")
            .hidden(command != TeosdCommand.RUN)
            .build());
    spec.addOption(plain(SHOWS_HELP, "-h", "--help").usageHelp(true).build());
    spec.addOption(plain("Shows the version.", "-V", "--version").versionHelp(true).build());
    return new CommandLine(spec)
        // A password may start with @ or -.
        .setExpandAtFiles(false)
        .setAllowOptionsAsOptionParameters(true);
  }

  private static OptionSpec.Builder option(Setting setting) {
    if (setting.isSwitch()) {
      OptionSpec.Builder builder = plain(setting.help(), setting.flag());
      return setting == Setting.DAEMON ? builder.names("-d", "--daemon") : builder;
    }
    OptionSpec.Builder builder =
        OptionSpec.builder(setting.flag()).type(String.class).paramLabel(setting.label());
    switch (setting.rule()) {
      case Rule.OneOf(List<String> words) -> builder.completionCandidates(words);
      case Rule.FilePath file -> builder.type(File.class).converters(text -> text);
      default -> {
        // nothing to choose from
      }
    }
    return setting.defaultValue().isEmpty()
        ? builder.description(setting.help())
        : builder.description(setting.help(), "Default: " + setting.defaultValue());
  }

  private static OptionSpec.Builder plain(String help, String... names) {
    return OptionSpec.builder(names[0], Arrays.copyOfRange(names, 1, names.length))
        .type(boolean.class)
        .arity("0")
        .description(help);
  }
}
