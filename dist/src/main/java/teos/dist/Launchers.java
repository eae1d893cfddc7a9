package teos.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Shell scripts that start the programs. */
final class Launchers {

  private Launchers() {}

  /**
   * Writes the launcher of each program.
   *
   * @param classPaths file names in lib, in order
   * @param template script with placeholders such as {@code @COMMAND@}
   */
  static void write(Image image, Map<Program, List<String>> classPaths, Path template)
      throws IOException {
    String script = Files.readString(template);
    for (Program program : Program.values()) {
      Path launcher = image.launcher(program);
      Files.createDirectories(launcher.getParent());
      // Lists each jar: the AOT cache depends on their order, and with a wildcard the order would
      // depend on the file system.
      String classPath =
          Objects.requireNonNull(classPaths.get(program)).stream()
              .map(jar -> "cp=$cp:$lib/" + jar)
              .collect(Collectors.joining("\n"))
              .replaceFirst("\\$cp:", "");
      Files.writeString(
          launcher,
          script
              .replace("@COMMAND@", program.command())
              .replace("@CLASS_PATH@", classPath)
              .replace("@JVM_OPTIONS@", String.join(" ", program.jvmOptions()))
              .replace("@MAIN_CLASS@", program.mainClass()));
      Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
