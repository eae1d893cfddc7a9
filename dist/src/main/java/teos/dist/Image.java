package teos.dist;

import java.nio.file.Path;

/**
 * The folder that is installed as it is, wherever it is put.
 *
 * @param root the folder itself
 */
public record Image(Path root) {

  Path runtime() {
    return root.resolve("runtime");
  }

  Path lib() {
    return root.resolve("lib");
  }

  /** Where the programs find libraries that are not Java. */
  Path nativeLibraries() {
    return lib().resolve("native");
  }

  /** The program's launcher. */
  public Path launcher(Program program) {
    return root.resolve("bin").resolve(program.command());
  }

  /** What the JVM wrote down of the program's training. */
  public Path aotCache(Program program) {
    return lib().resolve(program.command() + ".aot");
  }

  /** Where the manual pages are. */
  Path manual() {
    return root.resolve("share/man/man1");
  }

  /** Where README, documentation and licences are. */
  Path documentation() {
    return root.resolve("doc");
  }

  Path bashCompletion(Program program) {
    return root.resolve("share/bash-completion/completions").resolve(program.command());
  }

  Path zshCompletion(Program program) {
    return root.resolve("share/zsh/site-functions").resolve("_" + program.command());
  }
}
