package teos.common;

import java.util.Optional;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Generator of shell completion scripts. */
public final class Completion {

  /** The supported shells, for messages. */
  public static final String SHELLS = "bash or zsh";

  private Completion() {}

  /** Returns the script to source in {@code shell}; empty if the shell is not supported. */
  public static Optional<String> script(CommandLine program, String shell) {
    String name = program.getCommandName();
    return switch (shell) {
      case "bash" -> Optional.of(AutoComplete.bash(name, program));
      case "zsh" -> Optional.of(zsh(name, AutoComplete.bash(name, program)));
      default -> Optional.empty();
    };
  }

  /**
   * picocli's bash script also works in zsh if it is sourced. The additions make it work as a file
   * on fpath, too: the first line, by which zsh finds it; a replacement for bash's compopt; and a
   * call for the first completion, for which zsh only loads the file.
   */
  private static String zsh(String name, String script) {
    return """
    #compdef %1$s
    (( $+functions[compopt] )) || function compopt { return 0 }
    %2$s
    if [[ ${funcstack[1]} = _%1$s ]]; then
      _bash_complete -o default -F _complete_%1$s
    fi
    """
        .formatted(name, script);
  }
}
