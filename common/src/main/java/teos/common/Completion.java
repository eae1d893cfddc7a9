package teos.common;

import java.util.Optional;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Scripts that complete a program's command line. */
public final class Completion {

  /** The shells that there are scripts for. */
  public static final String SHELLS = "bash or zsh";

  private Completion() {}

  /** The script for {@code shell}, to be sourced there; none if there is none for it. */
  public static Optional<String> script(CommandLine program, String shell) {
    String name = program.getCommandName();
    return switch (shell) {
      case "bash" -> Optional.of(AutoComplete.bash(name, program));
      case "zsh" -> Optional.of(zsh(name, AutoComplete.bash(name, program)));
      default -> Optional.empty();
    };
  }

  /**
   * picocli's script is for zsh too, when it is sourced. What is added has it work as a file on
   * fpath as well: the first line, by which zsh finds it; a stand-in for bash's compopt; and an
   * answer to the first tab key, on which zsh only loads the file.
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
