package teos.teosd;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.testkit.TestTimeouts;

/** Runs the clients in {@code interop/python}. */
final class PythonClient {

  private PythonClient() {}

  /** The project's folder. */
  static Path root() {
    Path start = Path.of(System.getProperty("teos.root", "")).toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve("scripts/python-env"))) {
        return folder;
      }
    }
    throw new IllegalStateException("no scripts/python-env in " + start + " or above");
  }

  /**
   * Runs a client to its end.
   *
   * @throws AssertionError with all that it wrote, if it does not end with 0
   */
  static void run(String script, List<String> arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(interpreter(), root().resolve("interop/python/" + script).toString()));
    command.addAll(arguments);
    String said = output(command, true);
    if (!said.contains("all as it should be")) {
      throw new AssertionError(script + " has not come to its end: " + said);
    }
  }

  private static String interpreter() throws Exception {
    return interpreter("interop/python");
  }

  /**
   * A Python with all that is needed by {@code folder}, one of the project's; the first time on a
   * machine that is fetched.
   */
  static String interpreter(String folder) throws Exception {
    return output(List.of(root().resolve("scripts/python-env").toString(), folder), false).strip();
  }

  /**
   * What a command has said, whether it was content or not, and its exit code in the first line.
   *
   * @param folder where it is run, and may leave something
   */
  static String said(Path folder, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() + "\n" + said;
  }

  private static String output(List<String> command, boolean errorsToo) throws Exception {
    Path output = Files.createTempFile("python-", ".out");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(output.toFile());
      if (errorsToo) {
        builder.redirectErrorStream(true);
      } else {
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      }
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(TestTimeouts.EVENT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(command + " does not end: " + read(output));
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            command.getFirst() + " ended with " + process.exitValue() + ": " + read(output));
      }
      return read(output);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static String read(Path output) throws IOException {
    return Files.readString(output, UTF_8);
  }
}
