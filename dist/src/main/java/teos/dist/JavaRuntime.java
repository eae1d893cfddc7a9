package teos.dist;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Java runtime of the installed programs, which jlink creates from the JDK that runs the build. */
final class JavaRuntime {

  /** Modules that the programs and their libraries use, found with jdeps and by running them. */
  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging",
          "java.management",
          "java.naming",
          "java.net.http",
          "java.sql",
          "jdk.management",
          "jdk.unsupported");

  /** Security providers in these modules. */
  private static final Set<String> PROVIDERS =
      Set.of("SUN", "SunRsaSign", "SunEC", "SunJSSE", "SunJCE");

  private JavaRuntime() {}

  static void link(Path folder) throws IOException {
    // In its own JVM: in this one, which has done other work, its output is not always the same.
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    Process process =
        new ProcessBuilder(
                jlink.toString(),
                "--add-modules=" + String.join(",", MODULES),
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--compress=zip-6",
                "--output=" + folder)
            .inheritIO()
            .start();
    int code;
    try {
      code = process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while jlink was running");
    }
    if (code != 0) {
      throw new IOException("jlink failed with exit code " + code);
    }
    keepInstalledProviders(folder.resolve("conf/security/java.security"));
  }

  /**
   * Removes the providers that are not in the runtime from the list in {@code java.security}. To
   * find one of those, Java would instantiate every provider on the class path, and Bouncy Castle's
   * takes long.
   */
  private static void keepInstalledProviders(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    int providers = 0;
    for (String line : Files.readAllLines(file)) {
      if (!line.startsWith("security.provider.")) {
        lines.add(line);
      } else if (PROVIDERS.contains(line.substring(line.indexOf('=') + 1))) {
        providers++;
        lines.add("security.provider." + providers + line.substring(line.indexOf('=')));
      }
    }
    if (providers != PROVIDERS.size()) {
      throw new IOException(file + " does not list all of " + PROVIDERS);
    }
    Files.write(file, lines);
  }
}
