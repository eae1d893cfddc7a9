package teos.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is done to all files of a folder. */
public final class FileTree {

  private FileTree() {}

  /** Deletes {@code root} with all that is in it, if it is there. */
  public static void delete(Path root) throws IOException {
    if (Files.exists(root)) {
      for (Path path : all(root)) {
        Files.delete(path);
      }
    }
  }

  /** Copies {@code from} with all that is in it to {@code to}, whose folder exists. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  static void setDates(Path root, Instant date) throws IOException {
    FileTime time = FileTime.from(date);
    for (Path path : all(root)) {
      if (!Files.isSymbolicLink(path)) {
        Files.setLastModifiedTime(path, time);
      }
    }
  }

  /** What is in a folder before the folder. */
  private static List<Path> all(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
