package teos.dist;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;

/** Completion scripts for bash and zsh, printed by the programs themselves. */
final class Completions {

  private Completions() {}

  static void write(Image image) throws IOException, InterruptedException {
    for (Program program : Program.values()) {
      write(image.launcher(program), "bash", image.bashCompletion(program));
      write(image.launcher(program), "zsh", image.zshCompletion(program));
    }
  }

  private static void write(Path launcher, String shell, Path file)
      throws IOException, InterruptedException {
    Files.createDirectories(file.getParent());
    int code =
        new ProcessBuilder(launcher.toString(), "completion", shell)
            .redirectError(Redirect.INHERIT)
            .redirectOutput(file.toFile())
            .start()
            .waitFor();
    if (code != 0 || Files.size(file) == 0) {
      throw new IOException(launcher + " completion " + shell + " failed with exit code " + code);
    }
  }
}
