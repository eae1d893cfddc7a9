package teos.teosd;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import teos.testkit.TestTimeouts;

/** Runs the clients in the project's folder {@code interop}. */
public final class PythonClient {

  private PythonClient() {}

  /** Returns the project's root folder. */
  static Path root() {
    Path start = Path.of(System.getProperty("teos.root", "")).toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve("scripts/python-env"))) {
        return folder;
      }
    }
    throw new IllegalStateException("no scripts/python-env in " + start + " or above");
  }

  /** Runs a client in {@code interop/python}, as {@link #run(String, String, List)}. */
  static void run(String script, List<String> arguments) throws Exception {
    run("interop/python", script, arguments);
  }

  /**
   * Runs a client to its end.
   *
   * @param folder its folder in the project, with its dependencies in {@code requirements.txt}
   * @throws AssertionError with the whole output, if the exit code is not 0
   */
  public static void run(String folder, String script, List<String> arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(interpreter(folder), root().resolve(folder).resolve(script).toString()));
    command.addAll(arguments);
    String text = output(command, true);
    if (!text.contains("all as it should be")) {
      throw new AssertionError(script + " did not complete: " + text);
    }
  }

  /**
   * Returns the Python interpreter with the dependencies of the project folder {@code folder}; they
   * are downloaded on first use.
   */
  static String interpreter(String folder) throws Exception {
    return output(List.of(root().resolve("scripts/python-env").toString(), folder), false).strip();
  }

  /**
   * Runs a command and returns its exit code in the first line, followed by its output.
   *
   * @param folder working directory, where the command may leave files
   */
  static String exitCodeAndOutput(Path folder, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() + "\n" + text;
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
        throw new AssertionError(command + " is still running: " + read(output));
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
