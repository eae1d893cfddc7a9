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
 * Consistent copy of files to which another program may be writing. The originals are only copied:
 * opening a database, even for reading, can create files next to it, and its locks could block the
 * tower that uses it.
 */
final class Snapshot {

  private static final int MAX_ATTEMPTS = 20;
  private static final Duration RETRY_DELAY = Duration.ofMillis(500);

  /** Upper bound of a file system's timestamp steps; two changes within one step look the same. */
  private static final Duration TIMESTAMP_STEP = Duration.ofMillis(50);

  private static final long MEGABYTE = 1_000_000;

  private final Path from;
  private final List<String> names;
  private final Path to;
  private final Duration retryDelay;

  /**
   * @param from folder of the originals
   * @param names files and folders in it; missing ones are skipped
   * @param to folder of the copy; deleted first if it exists
   */
  Snapshot(Path from, List<String> names, Path to) {
    this(from, names, to, RETRY_DELAY);
  }

  /**
   * As {@link #Snapshot(Path, List, Path)}.
   *
   * @param retryDelay pause before the files are copied again
   */
  Snapshot(Path from, List<String> names, Path to, Duration retryDelay) {
    this.from = from;
    this.names = List.copyOf(names);
    this.to = to;
    this.retryDelay = retryDelay;
  }

  /** Attributes of a file that differ after a change. */
  private record FileState(long size, FileTime modified, @Nullable Object inode) {}

  /**
   * Makes the copy; retries while the files are changing.
   *
   * @throws MigrationException if the files keep changing
   */
  void take(Consumer<String> progress, CancellationToken cancellation)
      throws IOException, MigrationException, InterruptedException {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0) {
        progress.accept("the files in " + from + " are changing; copying them again");
        Thread.sleep(retryDelay);
      }
      cancellation.check();
      if (tryCopy(progress, cancellation)) {
        return;
      }
    }
    throw new MigrationException(
        MigrationException.Kind.SOURCE,
        "the files in " + from + " keep changing; stop the tower that uses them");
  }

  private boolean tryCopy(Consumer<String> progress, CancellationToken cancellation)
      throws IOException, MigrationException {
    Map<Path, FileState> before = fileStates();
    if (before.values().stream().anyMatch(state -> isFresh(state.modified()))) {
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
      return false; // deleted since the listing
    }
    return before.equals(fileStates());
  }

  private static boolean isFresh(FileTime modified) {
    Duration age = Duration.between(modified.toInstant(), Instant.now());
    return !age.isNegative() && age.compareTo(TIMESTAMP_STEP) < 0;
  }

  private Map<Path, FileState> fileStates() throws IOException {
    Map<Path, FileState> states = new TreeMap<>();
    for (String name : names) {
      for (Path file : files(from.resolve(name))) {
        fileState(file).ifPresent(state -> states.put(file, state));
      }
    }
    return states;
  }

  /** Returns the state of the file; empty if it was deleted, which changes the list of files. */
  private static Optional<FileState> fileState(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(
          new FileState(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey()));
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
