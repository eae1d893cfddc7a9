package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The words that start a server's programs, as the project's scripts find them. */
final class ScriptCommand {

  private static final Map<List<String>, List<String>> WORDS = new HashMap<>();

  private ScriptCommand() {}

  /**
   * Asked of the script once per JVM. The first time on a machine this may fetch the server, with
   * progress on standard error.
   *
   * @param script in {@code scripts/}, such as {@code bitcoind}
   * @param program which of its programs, for a script that has several
   * @throws IllegalStateException if the script is not found, or finds no server
   */
  static synchronized List<String> words(String script, String... program) {
    List<String> question = new ArrayList<>(List.of("scripts/" + script));
    question.addAll(List.of(program));
    return WORDS.computeIfAbsent(question, ScriptCommand::run);
  }

  private static List<String> run(List<String> question) {
    Path script = projectRoot(question.getFirst()).resolve(question.getFirst());
    List<String> command = new ArrayList<>(question);
    command.set(0, script.toString());
    command.add("--java-teos-print-command");
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            script + " found nothing to start (its standard error says why)");
      }
      return output.lines().toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("waiting for " + script));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path projectRoot(String script) {
    String property = System.getProperty("teos.root");
    Path start = Path.of(property == null ? "" : property).toAbsolutePath();
    // Upwards from the property too: a build started in a module's folder may set it to that.
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve(script))) {
        return folder;
      }
    }
    throw new IllegalStateException("no " + script + " in " + start + " or above");
  }
}
