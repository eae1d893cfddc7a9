package teos.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Operations on a folder and all files in it. */
public final class FileTree {

  private FileTree() {}

  /** Copies {@code from} and its contents to {@code to}, whose parent folder must exist. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  /** Sets the modification time of {@code root} and everything in it, except symbolic links. */
  static void setDates(Path root, Instant date) throws IOException {
    FileTime time = FileTime.from(date);
    for (Path path : childrenFirst(root)) {
      if (!Files.isSymbolicLink(path)) {
        Files.setLastModifiedTime(path, time);
      }
    }
  }

  /** Returns all paths in {@code root}, the contents of each folder before the folder itself. */
  private static List<Path> childrenFirst(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
