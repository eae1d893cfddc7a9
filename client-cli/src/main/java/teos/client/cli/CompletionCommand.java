package teos.client.cli;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class CompletionCommand implements Command {

  private static final String FOR_ZSH = "autoload -U +X compinit && compinit\n"
      + "autoload -U +X bashcompinit && bashcompinit\n";

  @Override
  public String name() {
    return "completion";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Prints a script that completes commands and options in your shell.",
        "bash: source <(teos-client completion bash); zsh: the same with zsh.");
  }

  @Override
  public void take(CommandSpec spec) {
    spec.addPositional(Command.argument("SHELL", "bash or zsh."));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    String shell = given.matchedPositionalValue(0, "");
    String script = AutoComplete.bash(Commands.NAME, new Commands().commandLine());
    switch (shell) {
      case "bash" -> context.output().text(script);
      case "zsh" -> context.output().text(FOR_ZSH + script);
      default -> throw new UsageException("bash or zsh is expected, not '" + shell + "'");
    }
    return ExitCode.OK.code();
  }
}
