package teos.migration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import teos.common.DurableFile;

/**
 * File that marks a data folder as incomplete while an import or a restore writes to it. No tower
 * may start on a marked folder: it would lack users, appointments or trackers for which it is
 * responsible.
 */
public final class MigrationMarker {

  private static final String NAME = "teosd.moving";

  private final Path file;

  public MigrationMarker(Path dataFolder) {
    this.file = dataFolder.resolve(NAME);
  }

  /**
   * Returns the unfinished operation, as passed to {@link #set}; empty if the folder is complete.
   *
   * @throws IOException if the file cannot be read
   */
  public Optional<String> operation() throws IOException {
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  /**
   * Marks the folder as incomplete, durably.
   *
   * @param operation one line that identifies the import or restore; only a repetition of the same
   *     operation may continue it
   */
  public void set(String operation) throws IOException {
    DurableFile.write(file, (operation + "\n").getBytes(UTF_8), DurableFile.Access.OWNER);
  }

  /** Marks the folder as complete, durably. */
  public void clear() throws IOException {
    DurableFile.delete(file);
  }

  /** Returns the path of the marker file, for messages. */
  public Path file() {
    return file;
  }
}
