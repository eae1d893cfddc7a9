package teos.cli;

import picocli.AutoComplete;
import picocli.CommandLine;

/** Scripts that complete the command line; picocli writes one that both shells take. */
final class Completion {

  private Completion() {}

  static String script(CommandLine commandLine, String shell) throws CliException {
    String name = commandLine.getCommandName();
    String script = AutoComplete.bash(name, commandLine);
    return switch (shell) {
      case "bash" -> script;
      // The first line has zsh find it as a file of its own, _teos-cli on fpath, as well.
      case "zsh" -> "#compdef " + name + "\n" + script;
      default ->
          throw new CliException(
              ExitCode.USAGE, "completion is for bash or zsh, not '" + shell + "'");
    };
  }
}
