package teos.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import teos.client.NotRegisteredException;
import teos.client.json.JsonText;
import teos.client.wire.MisbehavingException;
import teos.client.wire.TowerError;
import teos.client.wire.TowerErrorException;
import teos.client.wire.TowerException;
import teos.client.wire.UnreachableException;
import teos.common.Suggestion;
import teos.common.Version;
import teos.config.ConfigException;
import teos.protocol.NativeLibraryException;

/**
 * One run of the program.
 *
 * @param in a person's answers; null if there is no terminal
 * @param columns width of the terminal; 0 if unknown
 * @param home the user's home folder
 */
record Program(
    PrintStream out, PrintStream err, @Nullable BufferedReader in, IntSupplier columns, Path home) {

  /** Runs the program and returns the exit code. */
  int run(String... args) {
    Commands commands = new Commands();
    CommandLine line = commands.commandLine();
    boolean wantsJson = Arrays.asList(args).contains("--json");
    IntSupplier width = Arrays.asList(args).contains("--wide") ? () -> 0 : columns;
    Output output = new Output(out, err, in, width, wantsJson || in == null);
    try {
      ParseResult root = line.parseArgs(args);
      Optional<CommandLine> helped = requestedHelp(root);
      if (helped.isPresent()) {
        output.text(helped.get().getUsageMessage(Ansi.OFF).stripTrailing());
        return ExitCode.OK.code();
      }
      if (root.isVersionHelpRequested()) {
        output.text(Commands.NAME + " " + Version.current());
        return ExitCode.OK.code();
      }
      if (!root.hasSubcommand()) {
        return output.error(ExitCode.USAGE, "a command is expected; 'teos-client help' lists them");
      }
      ParseResult parsed = root.subcommand();
      Command command = commands.named(parsed.commandSpec().name());
      Settings settings = Settings.of(new Flags(root), home);
      return command.run(parsed, new Context(settings, output));
    } catch (UnmatchedArgumentException e) {
      return output.error(ExitCode.USAGE, describeUnmatched(e));
    } catch (ParameterException e) {
      return output.error(
          ExitCode.USAGE,
          e.getMessage() + "; 'teos-client help " + name(e.getCommandLine()) + "' shows the usage");
    } catch (Exception e) {
      return reportFailure(output, e);
    }
  }

  private static Optional<CommandLine> requestedHelp(ParseResult root) {
    for (ParseResult part = root; part != null; part = part.subcommand()) {
      if (part.isUsageHelpRequested()) {
        return Optional.of(part.commandSpec().commandLine());
      }
    }
    return Optional.empty();
  }

  private static String name(CommandLine line) {
    return line.getParent() == null ? "" : line.getCommandName();
  }

  private static String describeUnmatched(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    CommandLine command = e.getCommandLine();
    boolean atRoot = command.getParent() == null;
    String help = "'teos-client help" + (atRoot ? "" : " " + name(command)) + "' shows the usage";
    if (argument.startsWith("-")) {
      String option = argument.replaceFirst("=.*", "");
      return describeUnknown("option", option, command.getCommandSpec().optionsMap().keySet())
          + help;
    }
    return atRoot
        ? describeUnknown("command", argument, command.getSubcommands().keySet()) + help
        : "unexpected '" + argument + "'; " + help;
  }

  private static String describeUnknown(String kind, String word, Collection<String> known) {
    String hint = Suggestion.hint(word, known);
    return "unknown " + kind + " '" + word + "'" + (hint.isEmpty() ? "; " : hint + " ");
  }

  private static int reportFailure(Output output, Exception e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case UsageException usage -> output.error(ExitCode.USAGE, message);
      case ConfigException config -> output.error(ExitCode.USAGE, message);
      case NotRegisteredException unregistered -> output.error(ExitCode.USAGE, message);
      case TowerException tower -> reportTowerException(output, tower, message);
      case NoSuchFileException missing ->
          output.error(ExitCode.LOCAL, "file not found: " + missing.getFile());
      case AccessDeniedException denied ->
          output.error(ExitCode.LOCAL, "permission denied: " + denied.getFile());
      case IOException io -> output.error(ExitCode.LOCAL, message);
      case NativeLibraryException library -> output.error(ExitCode.ERROR, message);
      case InterruptedException interrupted -> output.error(ExitCode.ERROR, "interrupted");
      default -> output.error(ExitCode.ERROR, "unexpected error: " + e);
    };
  }

  private static int reportTowerException(Output output, TowerException e, String message) {
    return switch (e) {
      case UnreachableException unreachable -> output.error(ExitCode.UNREACHABLE, message);
      case MisbehavingException misbehaving ->
          output.error(
              ExitCode.MISBEHAVING,
              message + misbehaving.proof().map(file -> ". Proof: " + file).orElse(""),
              misbehaving
                  .proof()
                  .map(file -> JsonText.newObject().put("proof", file.toString()))
                  .orElse(JsonText.newObject()));
      case TowerErrorException answered -> {
        TowerError error = answered.error();
        var more = JsonText.newObject().put("http_status", error.status());
        error.code().ifPresent(code -> more.put("error_code", code));
        yield output.error(ExitCode.of(error), "the tower returned an error: " + message, more);
      }
    };
  }
}
