package teos.migration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import teos.common.DurableFile;

/**
 * A file in a data folder that a tower is being moved into. While it is there, a part of the tower
 * may be missing, and no tower must run: it would answer for what it does not have.
 */
public final class MigrationMarker {

  private static final String NAME = "teosd.moving";

  private final Path file;

  public MigrationMarker(Path dataFolder) {
    this.file = dataFolder.resolve(NAME);
  }

  /**
   * What is being moved in, as it was given to {@link #set}, if something is.
   *
   * @throws IOException if the file cannot be read
   */
  public Optional<String> what() throws IOException {
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  /**
   * Notes on disk that something is being moved in.
   *
   * @param what one line that only the same again will be equal to
   */
  public void set(String what) throws IOException {
    DurableFile.write(file, (what + "\n").getBytes(UTF_8), DurableFile.Access.OWNER);
  }

  /** Notes on disk that it is all there. */
  public void clear() throws IOException {
    DurableFile.delete(file);
  }

  /** Where it is, for messages. */
  public Path file() {
    return file;
  }
}
