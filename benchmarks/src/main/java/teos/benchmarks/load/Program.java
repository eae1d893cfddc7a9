package teos.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Runs a command line: help, errors that say what was wrong, and the exit code. */
final class Program {

  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Program() {}

  interface Action {
    /** The answer is whether all was well. */
    boolean run(ParseResult given) throws Exception;
  }

  /** Runs {@code action} with what {@code args} give; the answer is the exit code. */
  static int run(CommandSpec spec, Action action, PrintStream err, String... args)
      throws Exception {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Shows this.").build());
    CommandLine line = new CommandLine(spec);
    try {
      ParseResult given = line.parseArgs(args);
      if (given.isUsageHelpRequested()) {
        line.usage(System.out, Ansi.OFF);
        return 0;
      }
      return action.run(given) ? 0 : FAILED;
    } catch (ParameterException e) {
      err.println(e.getMessage() + "; --help shows the options");
      return USAGE;
    } catch (LoadException | IOException e) {
      err.println(e.getMessage());
      return FAILED;
    }
  }
}
