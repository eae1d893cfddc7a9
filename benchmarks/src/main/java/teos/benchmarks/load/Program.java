package teos.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Runs a command line: prints help and errors, and returns the exit code. */
final class Program {

  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Program() {}

  interface Action {
    /** Runs the command. Returns whether the tower answered everything correctly. */
    boolean run(ParseResult parsed) throws Exception;
  }

  /** Parses {@code args}, runs {@code action} and returns the exit code. */
  static int run(CommandSpec spec, Action action, PrintStream err, String... args)
      throws Exception {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Shows this.").build());
    CommandLine line = new CommandLine(spec);
    try {
      ParseResult parsed = line.parseArgs(args);
      if (parsed.isUsageHelpRequested()) {
        line.usage(System.out, Ansi.OFF);
        return 0;
      }
      return action.run(parsed) ? 0 : FAILED;
    } catch (ParameterException e) {
      err.println(e.getMessage() + "; --help shows the options");
      return USAGE;
    } catch (LoadException | IOException e) {
      err.println(e.getMessage());
      return FAILED;
    }
  }
}
