package teos.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import teos.common.Completion;
import teos.common.Suggestion;
import teos.common.Terminal;
import teos.common.Version;

/** The program {@code teos-cli [OPTIONS] COMMAND [ARGUMENT]}. */
public final class TeosCli {

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final TowerCommands towerCommands;
  private final CommandLine commandLine = CliOptions.commandLine(Version.current());

  /**
   * @param terminal whether {@code out} is a terminal
   * @param columns width of the terminal; 0 if unknown
   */
  TeosCli(PrintStream out, PrintStream err, boolean terminal, IntSupplier columns) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.towerCommands = new TowerCommands(out, err, terminal, columns);
  }

  /** Runs one command; exits with an {@link ExitCode}. */
  public static void main(String... args) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
            false,
            StandardCharsets.UTF_8);
    boolean terminal = Terminal.interactive().isPresent();
    int code = new TeosCli(out, System.err, terminal, Terminal::columns).run(args);
    out.flush();
    Runtime.getRuntime().halt(code); // there are no hooks to run; does not wait for gRPC's threads
  }

  /** Runs one command and returns its exit code. */
  int run(String... args) {
    boolean json = !terminal || List.of(args).contains(CliOptions.JSON);
    boolean debug = false;
    try {
      ParsedArguments parsed = ParsedArguments.of(commandLine.parseArgs(args));
      debug = parsed.flag(CliOptions.DEBUG);
      if (parsed.asksForHelp()) {
        out.print(parsed.spec().commandLine().getUsageMessage(Ansi.OFF));
      } else if (parsed.asksForVersion()) {
        out.println(commandLine.getCommandSpec().version()[0]);
      } else if (parsed.hasCommand()) {
        Logger.getLogger("").setLevel(debug ? Level.ALL : Level.OFF); // grpc-java's log
        run(Command.named(parsed.spec().name()).orElseThrow(), parsed);
      } else {
        throw new CliException(ExitCode.USAGE, "no command given");
      }
      out.flush();
      return ExitCode.OK.code();
    } catch (UnmatchedArgumentException e) {
      return failed(new CliException(ExitCode.USAGE, unmatched(e), e), json, debug);
    } catch (ParameterException e) {
      return failed(new CliException(ExitCode.USAGE, invalid(e, args), e), json, debug);
    } catch (CliException e) {
      return failed(e, json, debug);
    } catch (IOException e) {
      return failed(new CliException(ExitCode.FAILED, "cannot write: " + e, e), json, debug);
    } catch (UncheckedIOException e) {
      return ExitCode.FAILED.code(); // nothing reads the output, so nobody would see a message
    }
  }

  private void run(Command command, ParsedArguments parsed) throws CliException, IOException {
    switch (command) {
      case HELP -> help(parsed.argument());
      case COMPLETION -> out.print(completion(parsed.argument().orElseThrow()));
      default -> towerCommands.run(command, parsed);
    }
  }

  private String completion(String shell) throws CliException {
    return Completion.script(commandLine, shell)
        .orElseThrow(
            () ->
                new CliException(
                    ExitCode.USAGE,
                    "completion supports " + Completion.SHELLS + ", not '" + shell + "'"));
  }

  private void help(Optional<String> name) throws CliException {
    if (name.isEmpty()) {
      out.print(commandLine.getUsageMessage(Ansi.OFF));
      return;
    }
    Command command =
        Command.named(name.get())
            .orElseThrow(() -> new CliException(ExitCode.USAGE, unknownCommand(name.get())));
    CommandLine subcommand =
        Objects.requireNonNull(commandLine.getSubcommands().get(command.spelling()));
    out.print(subcommand.getUsageMessage(Ansi.OFF));
  }

  private String unknownCommand(String typed) {
    return "unknown command '"
        + typed
        + "'"
        + Suggestion.hint(typed, commandLine.getSubcommands().keySet());
  }

  private String unmatched(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    CommandLine command = e.getCommandLine();
    if (argument.startsWith("-")) {
      String option = argument.replaceFirst("=.*", "");
      return "unknown option '"
          + option
          + "'"
          + Suggestion.hint(option, command.getCommandSpec().optionsMap().keySet());
    }
    return command.getParent() == null
        ? unknownCommand(argument)
        : "unexpected argument '" + argument + "'";
  }

  /**
   * Returns picocli's message; for a missing argument, with a hint if an argument begins with
   * {@code -}, because picocli takes that for an option.
   */
  private static String invalid(ParameterException e, String... args) {
    String message = String.valueOf(e.getMessage());
    if (!(e instanceof MissingParameterException)) {
      return message;
    }
    var options = e.getCommandLine().getCommandSpec().optionsMap().keySet();
    return Arrays.stream(args)
        .filter(arg -> arg.startsWith("-") && !arg.equals("--"))
        .map(arg -> arg.replaceFirst("=.*", ""))
        .filter(arg -> !options.contains(arg))
        .findFirst()
        .map(
            arg ->
                message + "; unknown option '" + arg + "': if it is an argument, put -- before it")
        .orElse(message);
  }

  private int failed(CliException e, boolean json, boolean debug) {
    out.flush();
    err.println(json ? ErrorJson.of(e) : "teos-cli: " + e.getMessage());
    if (e.exitCode() == ExitCode.USAGE && !json) {
      err.println("teos-cli help lists the commands.");
    }
    if (debug) {
      e.printStackTrace(err);
    }
    return e.exitCode().code();
  }
}
