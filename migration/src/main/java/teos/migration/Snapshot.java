package teos.migration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import teos.common.Folders;

/**
 * Copies files that another program may be writing to, as they are at one moment. Nothing but that
 * is done with the originals: opening a database, even to read it, can write beside it, and its
 * locks could stop the tower that it belongs to.
 */
final class Snapshot {

  private static final int ATTEMPTS = 20;
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** File systems note times in steps; two changes within one cannot be told apart by them. */
  private static final Duration STEP = Duration.ofMillis(50);

  private static final long MEGABYTE = 1_000_000;

  private final Path from;
  private final List<String> names;
  private final Path to;

  /**
   * @param from a folder
   * @param names files and folders in it; those that are not there are left out
   * @param to the folder of the copy; what is in it is deleted first
   */
  Snapshot(Path from, List<String> names, Path to) {
    this.from = from;
    this.names = List.copyOf(names);
    this.to = to;
  }

  /** What shows that a file has not changed. */
  private record FileState(long size, FileTime changed, @Nullable Object inode) {}

  /**
   * Takes it.
   *
   * @throws MigrationException if the files change all the while
   */
  void take(Consumer<String> progress, CancellationToken cancellation)
      throws IOException, MigrationException, InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        progress.accept("the files in " + from + " are changing: copying them again");
        Thread.sleep(PAUSE);
      }
      cancellation.check();
      if (isTaken(progress, cancellation)) {
        return;
      }
    }
    throw new MigrationException(
        MigrationException.Kind.SOURCE,
        "the files in " + from + " change all the while: stop the tower that they belong to");
  }

  private boolean isTaken(Consumer<String> progress, CancellationToken cancellation)
      throws IOException, MigrationException {
    Map<Path, FileState> before = stamps();
    if (before.values().stream().anyMatch(stamp -> isFresh(stamp.changed()))) {
      return false;
    }
    Folders.delete(to);
    Files.createDirectory(
        to, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    long bytes = before.values().stream().mapToLong(FileState::size).sum();
    progress.accept(
        "copying %,d files, %,d MB, from %s".formatted(before.size(), bytes / MEGABYTE, from));
    try {
      for (Path file : before.keySet()) {
        cancellation.check();
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    } catch (NoSuchFileException e) {
      return false; // gone meanwhile
    }
    return before.equals(stamps());
  }

  private static boolean isFresh(FileTime changed) {
    Duration age = Duration.between(changed.toInstant(), Instant.now());
    return !age.isNegative() && age.compareTo(STEP) < 0;
  }

  private Map<Path, FileState> stamps() throws IOException {
    Map<Path, FileState> stamps = new TreeMap<>();
    for (String name : names) {
      for (Path file : files(from.resolve(name))) {
        stamp(file).ifPresent(stamp -> stamps.put(file, stamp));
      }
    }
    return stamps;
  }

  /** Empty if the file has gone meanwhile: the list of the files differs by that. */
  private static Optional<FileState> stamp(Path file) throws IOException {
    try {
      BasicFileAttributes read = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(new FileState(read.size(), read.lastModifiedTime(), read.fileKey()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static List<Path> files(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(path)) {
      try (Stream<Path> all = Files.list(path)) {
        all.filter(Files::isRegularFile).forEach(files::add);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    return files;
  }
}
