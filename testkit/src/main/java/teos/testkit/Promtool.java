package teos.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Prometheus's {@code promtool}, found or downloaded by {@code scripts/promtool}. */
public final class Promtool {

  private Promtool() {}

  /**
   * Runs promtool.
   *
   * @return its output
   * @throws AssertionError if it fails; the message contains its output
   */
  public static String run(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words("promtool"));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + "\n" + output);
    }
    return output;
  }
}
