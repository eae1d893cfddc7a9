package teos.dist;

import java.nio.file.Path;

/**
 * Folder with the programs, a Java runtime and the documentation. It can be installed anywhere,
 * unchanged.
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

  /** Returns the folder of the unpacked native libraries. */
  Path nativeLibraries() {
    return lib().resolve("native");
  }

  /** Returns the script that starts {@code program}. */
  public Path launcher(Program program) {
    return root.resolve("bin").resolve(program.command());
  }

  /** Returns the AOT cache that the JVM wrote in the training run of {@code program}. */
  public Path aotCache(Program program) {
    return lib().resolve(program.command() + ".aot");
  }

  /** Returns the folder of the manual pages. */
  Path manual() {
    return root.resolve("share/man/man1");
  }

  /** Returns the folder of the README, the documentation and the licences. */
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
