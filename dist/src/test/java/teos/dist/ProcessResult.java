package teos.dist;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Result of a command that ran in a minimal environment, in which it cannot find a Java.
 *
 * @param code its exit code
 * @param output its standard output and standard error, interleaved
 */
record ProcessResult(int code, String output) {

  static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/usr/bin:/bin", "HOME", "/none");

  /** Runs a command and blocks until it exits. */
  static ProcessResult run(String... words) throws IOException, InterruptedException {
    return runWithEnvironment(Map.of(), words);
  }

  /** Runs a command with additional environment variables and blocks until it exits. */
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

  /** Returns whether {@code program} is installed on this machine. */
  static boolean isInstalled(String program) throws IOException, InterruptedException {
    return run("sh", "-c", "command -v " + program).code() == 0;
  }
}
