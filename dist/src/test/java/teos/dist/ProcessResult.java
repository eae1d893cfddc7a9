package teos.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A command that has run, with next to nothing in its environment: no Java can be found by it.
 *
 * @param output what it wrote to either stream
 */
record ProcessResult(int code, String output) {

  static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin", "HOME", "/none");

  /** Runs it to its end. */
  static ProcessResult run(String... words) throws IOException, InterruptedException {
    return runWithEnvironment(Map.of(), words);
  }

  /** Runs it to its end, with more in its environment. */
  static ProcessResult runWithEnvironment(Map<String, String> more, String... words)
      throws IOException, InterruptedException {
    ProcessBuilder builder = builder(words);
    builder.environment().putAll(more);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new ProcessResult(process.waitFor(), output);
  }

  static ProcessBuilder builder(String... words) {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(words))
            .redirectErrorStream(true)
            .directory(Path.of("/").toFile());
    builder.environment().clear();
    builder.environment().putAll(ENVIRONMENT);
    return builder;
  }

  /** Whether there is a program of this name on the machine. */
  static boolean isInstalled(String program) throws IOException, InterruptedException {
    return run("sh", "-c", "command -v " + program).code() == 0;
  }
}
