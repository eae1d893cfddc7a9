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

/** Commands that start other programs, as found by the project's scripts. */
final class ScriptCommand {

  private static final Map<List<String>, List<String>> WORDS = new HashMap<>();

  private ScriptCommand() {}

  /**
   * Returns the words of the command that starts a program. Runs the script once per JVM. The first
   * run on a machine may download the program, with progress on standard error.
   *
   * @param script name in {@code scripts/}, such as {@code bitcoind}
   * @param program the program to start, for a script that starts several
   * @throws IllegalStateException if the script does not exist or fails
   */
  static synchronized List<String> words(String script, String... program) {
    List<String> command = new ArrayList<>(List.of("scripts/" + script));
    command.addAll(List.of(program));
    return WORDS.computeIfAbsent(command, ScriptCommand::run);
  }

  private static List<String> run(List<String> scriptCommand) {
    Path script = projectRoot(scriptCommand.getFirst()).resolve(scriptCommand.getFirst());
    List<String> command = new ArrayList<>(scriptCommand);
    command.set(0, script.toString());
    command.add("--java-teos-print-command");
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            script + " failed to find its program; see its messages on standard error");
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
    // Also searches the parents, because a build started in a module may set the property to it.
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve(script))) {
        return folder;
      }
    }
    throw new IllegalStateException("no " + script + " in " + start + " or its parent folders");
  }
}
