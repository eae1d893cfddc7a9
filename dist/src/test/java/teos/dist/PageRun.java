package teos.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import teos.testkit.TestTimeouts;
import teos.testkit.docs.CodeBlock;
import teos.testkit.docs.MarkdownPage;

/**
 * Run of the commands of a page: one bash executes them in the page's order, with its own home
 * folder, in a folder that contains those parts of the source tree that the pages mention.
 */
final class PageRun {

  private final MarkdownPage page;
  private final Path folder;

  PageRun(MarkdownPage page, Path folder) {
    this.page = page;
    this.folder = folder;
  }

  /** Returns the blocks of {@code page} that are run. */
  static List<CodeBlock> runnable(MarkdownPage page) {
    return page.blocks().stream()
        .filter(block -> block.isShell() && block.notRunReason().isEmpty())
        .filter(block -> page.notRunReason().isEmpty())
        .toList();
  }

  /**
   * Runs the commands.
   *
   * @param environment their whole environment except HOME
   * @throws AssertionError if a command fails, or does not print what the page shows
   */
  void run(Map<String, String> environment) throws IOException, InterruptedException {
    List<CodeBlock> blocks = runnable(page);
    Path script = Files.writeString(folder.resolve("script"), script(blocks));
    File output = folder.resolve("output").toFile();
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString())
            .directory(folder.resolve("work").toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(output);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("HOME", folder.resolve("home").toString());
    Process bash = builder.start();
    try {
      boolean exited = bash.waitFor(TestTimeouts.TEST_SECONDS, TimeUnit.SECONDS);
      if (!exited || bash.exitValue() != 0) {
        String at = Files.readString(folder.resolve("at")).strip();
        Path result = folder.resolve("result-" + at.substring(at.indexOf(':') + 1));
        throw new AssertionError(
            "%s: %s\n%s\n%s"
                .formatted(
                    at,
                    exited ? "exit code " + bash.exitValue() : "timed out",
                    Files.exists(result) ? tail(result) : "",
                    tail(output.toPath())));
      }
    } finally {
      bash.descendants().forEach(ProcessHandle::destroy);
      bash.destroy();
    }
    for (CodeBlock block : blocks) {
      checkOutput(block);
    }
  }

  private String script(List<CodeBlock> blocks) throws IOException {
    Path prelude = Path.of(System.getProperty("teos.root"), "dist/src/test/sh/documentation.sh");
    StringBuilder script = new StringBuilder(Files.readString(prelude));
    for (CodeBlock block : page.blocks()) {
      if (!block.isShell() && !block.file().isEmpty()) { // a file that later commands use
        script.append("cat >").append(block.file()).append(" <<'END'\n");
        script.append(block.replaced()).append("END\n");
      }
      if (!blocks.contains(block)) {
        continue;
      }
      script.append("echo '").append(block).append("' >../at\n");
      block.setup().forEach(commands -> script.append(commands).append('\n'));
      // Not in a subshell: the next block needs its variables and towers.
      script
          .append("{\n")
          .append(block.replaced())
          .append("} >../")
          .append(result(block))
          .append(" 2>&1");
      script.append('\n');
    }
    return script.toString();
  }

  private static String result(CodeBlock block) {
    return "result-" + block.line();
  }

  /** Compares the output with the text block that follows {@code block}, if there is one. */
  private void checkOutput(CodeBlock block) throws IOException {
    for (CodeBlock shown : page.blocks()) {
      if (shown.language().equals("text") && block.isFollowedBy(shown)) {
        String printed = Files.readString(folder.resolve(result(block))).strip();
        if (!pattern(shown.text()).matcher(printed).matches()) {
          throw new AssertionError(shown + " is not what " + block + " prints:\n" + printed);
        }
      }
    }
  }

  /**
   * Returns a pattern for {@code shown} in which an ellipsis matches anything, and so does a word
   * with a digit, such as a number, a time or a key; of KEY=VALUE only the value.
   */
  private static Pattern pattern(String shown) {
    String pattern =
        Stream.of(shown.strip().split("\\s+"))
            .map(word -> word.replaceFirst("(=?)[^=]*\\d.*", "$1…"))
            .map(
                word ->
                    Stream.of(word.split("…", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*?")))
            .collect(Collectors.joining("\\s+"));
    return Pattern.compile(pattern, Pattern.DOTALL);
  }

  private static String tail(Path output) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(output));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }
}
