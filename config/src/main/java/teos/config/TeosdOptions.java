package teos.config;

import static teos.config.TeosdCommandLine.COMPLETION;
import static teos.config.TeosdCommandLine.DATA_DIR;
import static teos.config.TeosdCommandLine.HELP;
import static teos.config.TeosdCommandLine.PROGRAM;
import static teos.config.TeosdCommandLine.YES;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import teos.common.Completion;
import teos.common.Suggestion;
import teos.common.Version;

/**
 * Parser of {@code teosd}'s command line: the flags of both reference towers, and one for every
 * other setting. {@link ConfigLoader} checks the values, together with those of the file.
 */
public final class TeosdOptions {

  private static final int BAD_USAGE = 2;

  private TeosdOptions() {}

  /** Request that a command line makes. */
  public sealed interface Request {}

  /**
   * Request to run the tower or another command.
   *
   * @param command the command
   * @param operand the command's folder or file, absolute; empty if the command has none
   * @param dataDir the tower's data folder, without the network's; absolute
   * @param commandLine values of the flags by key, for {@link ConfigLoader#load}
   * @param assumeYes answers yes to the question of {@code --overwritekey}
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

    /** Omits the values, which may contain a password. */
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
   * Request to print a text and exit.
   *
   * @param text help or version, for standard output; if {@code exitCode} is not 0, an error
   *     message for standard error
   * @param exitCode 0, or 2 if the command line is wrong
   */
  public record Exit(String text, int exitCode) implements Request {}

  /**
   * Parses the command line. The first argument that is neither an option nor the value of one may
   * be the word of a {@link TeosdCommand}, {@code help} or {@code completion}.
   */
  public static Request parse(String... args) {
    int at = commandIndex(args);
    String typed = at < args.length ? args[at] : "";
    if (typed.equals(HELP) || typed.equals(COMPLETION)) {
      return helper(typed, Arrays.copyOfRange(args, at + 1, args.length));
    }
    TeosdCommand command = TeosdCommand.named(typed).orElse(TeosdCommand.RUN);
    List<String> options = new ArrayList<>(List.of(args));
    if (command != TeosdCommand.RUN) {
      options.remove(at);
    }
    CommandLine line = TeosdCommandLine.of(command);
    try {
      ParseResult result = line.parseArgs(options.toArray(String[]::new));
      if (result.isUsageHelpRequested()) {
        return new Exit(TeosdCommandLine.help(command), 0);
      }
      if (result.isVersionHelpRequested()) {
        return new Exit("teosd " + Version.current(), 0);
      }
      return start(command, result);
    } catch (UnmatchedArgumentException e) {
      return usageError(unmatched(e.getUnmatched().getFirst(), line, setsSecret(args)));
    } catch (ParameterException e) {
      return usageError(Objects.requireNonNullElse(e.getMessage(), "invalid command line"));
    } catch (InvalidPathException e) {
      return usageError("--datadir or the operand of the command is not a valid path");
    }
  }

  /** Returns the index of the command's word, or the number of arguments if there is no command. */
  private static int commandIndex(String... args) {
    var options = TeosdCommandLine.of(TeosdCommand.RUN).getCommandSpec().optionsMap();
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      @Nullable OptionSpec option = options.get(args[at].replaceFirst("=.*", ""));
      if (option == null) {
        return args.length; // the next argument may be its value
      }
      at += option.arity().max() == 0 || args[at].contains("=") ? 1 : 2;
    }
    return Math.min(at, args.length);
  }

  /** Handles {@code help} and {@code completion}. */
  private static Exit helper(String name, String... args) {
    CommandLine line = TeosdCommandLine.ofHelper(name);
    try {
      ParseResult result = line.parseArgs(args);
      String operand = result.matchedPositionalValue(0, "");
      if (result.isUsageHelpRequested()) {
        return new Exit(TeosdHelp.of(line), 0);
      }
      return name.equals(HELP) ? help(operand) : completion(operand);
    } catch (UnmatchedArgumentException e) {
      return usageError(unmatched(e.getUnmatched().getFirst(), line, false));
    } catch (ParameterException e) {
      return usageError(e.getMessage() + ": " + Completion.SHELLS);
    }
  }

  private static Exit help(String typed) {
    return switch (typed) {
      case "" -> new Exit(TeosdCommandLine.help(TeosdCommand.RUN), 0);
      case HELP, COMPLETION -> new Exit(TeosdHelp.of(TeosdCommandLine.ofHelper(typed)), 0);
      default ->
          TeosdCommand.named(typed)
              .map(command -> new Exit(TeosdCommandLine.help(command), 0))
              .orElseGet(() -> usageError(unknownCommand(typed)));
    };
  }

  /** Returns the script that completes teosd's command line in {@code shell}. */
  public static Exit completion(String shell) {
    return Completion.script(TeosdCommandLine.withAllCommands(), shell)
        .map(script -> new Exit(script, 0))
        .orElseGet(
            () -> usageError("completion supports " + Completion.SHELLS + ", not '" + shell + "'"));
  }

  private static Request start(TeosdCommand command, ParseResult result) {
    Map<String, String> flags = new LinkedHashMap<>();
    Setting.withFlag()
        .filter(setting -> result.hasMatchedOption(setting.flag()))
        .forEach(
            setting -> {
              Object value = result.matchedOptionValue(setting.flag(), setting.defaultValue());
              flags.put(setting.key(), value.toString());
            });
    Optional<String> folder =
        Optional.ofNullable(result.matchedOptionValue(DATA_DIR, (String) null));
    if (folder.filter(String::isBlank).isPresent()) {
      return usageError("--datadir is empty; expected the path of a folder");
    }
    boolean yes = result.matchedOptionValue(YES, false);
    Optional<Path> operand =
        command.operand().isEmpty()
            ? Optional.empty()
            : Optional.of(ConfigLoader.folder(result.matchedPositionalValue(0, "")));
    Path dataDir = folder.map(ConfigLoader::folder).orElseGet(DefaultFolder::ofTower);
    return new Start(command, operand, dataDir, flags, yes);
  }

  private static Exit usageError(String message) {
    return new Exit(message + "\nteosd --help lists the options.", BAD_USAGE);
  }

  /**
   * Returns the message for an argument that picocli does not know. Picocli's own message repeats
   * all arguments, and the value of a misspelled flag may be a password.
   *
   * @param secret whether {@code argument} may be part of a password, so that it must not be shown
   */
  private static String unmatched(String argument, CommandLine line, boolean secret) {
    if (argument.startsWith("-")) {
      String option = argument.replaceFirst("=.*", "");
      return "Unknown option: "
          + option
          + Suggestion.hint(option, line.getCommandSpec().optionsMap().keySet());
    }
    if (secret) {
      return "too many arguments; put a value with spaces in quotes";
    }
    String program = line.getCommandName();
    return program.equals(PROGRAM)
        ? unknownCommand(argument)
        : "unexpected argument '" + argument + "' of " + program;
  }

  private static String unknownCommand(String typed) {
    List<String> words = new ArrayList<>(TeosdCommand.words());
    words.addAll(List.of(COMPLETION, HELP));
    String hint = Suggestion.hint(typed, words);
    return "unknown command '"
        + typed
        + (hint.isEmpty() ? "'; without a command teosd runs the tower" : "'" + hint);
  }

  private static boolean setsSecret(String... args) {
    return Setting.withFlag()
        .filter(Setting::isSecret)
        .anyMatch(
            setting ->
                Arrays.stream(args)
                    .map(arg -> arg.replaceFirst("=.*", ""))
                    .anyMatch(setting.flag()::equals));
  }
}
