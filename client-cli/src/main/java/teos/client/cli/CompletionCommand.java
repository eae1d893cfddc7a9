package teos.client.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.common.Completion;

final class CompletionCommand implements Command {

  @Override
  public String name() {
    return "completion";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Prints a script that completes commands and options in your shell.",
        "For bash: source <(teos-client completion bash). For zsh: source <(teos-client completion"
            + " zsh).");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.word("SHELL", true, List.of("bash", "zsh"), "bash or zsh"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    String shell = given.matchedPositionalValue(0, "");
    String script =
        Completion.script(new Commands().commandLine(), shell)
            .orElseThrow(
                () -> new UsageException(Completion.SHELLS + " is expected, not '" + shell + "'"));
    context.output().text(script);
    return ExitCode.OK.code();
  }
}
