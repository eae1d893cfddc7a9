package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The words that start bitcoind, as {@code scripts/bitcoind} finds them. */
final class BitcoindCommand {

  private static @Nullable List<String> words;

  private BitcoindCommand() {}

  /**
   * Asked of the script once per JVM. The first time on a machine this may fetch bitcoind, with
   * progress on standard error.
   *
   * @throws IllegalStateException if the script is not found, or finds no bitcoind
   */
  static synchronized List<String> words() {
    if (words == null) {
      words = askScript(projectRoot().resolve("scripts/bitcoind"));
    }
    return words;
  }

  private static List<String> askScript(Path script) {
    try {
      Process process =
          new ProcessBuilder(script.toString(), "--java-teos-print-command")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            script + " found no bitcoind (its standard error says why)");
      }
      return output.lines().toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("waiting for " + script));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path projectRoot() {
    String property = System.getProperty("teos.root");
    Path start = Path.of(property == null ? "" : property).toAbsolutePath();
    // Upwards from the property too: a build started in a module's folder may set it to that.
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isExecutable(folder.resolve("scripts/bitcoind"))) {
        return folder;
      }
    }
    throw new IllegalStateException("no scripts/bitcoind in " + start + " or above");
  }
}
