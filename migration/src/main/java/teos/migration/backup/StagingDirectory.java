package teos.migration.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import teos.common.Folders;

/** Temporary folder with mode 0700, deleted on close. */
record StagingDirectory(Path path) implements AutoCloseable {

  /**
   * Creates a staging directory in {@code parent}, so that files can be moved from it atomically.
   */
  static StagingDirectory in(Path parent) throws IOException {
    return new StagingDirectory(
        Files.createTempDirectory(
            parent,
            ".teosd-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
  }

  @Override
  public void close() throws IOException {
    Folders.delete(path);
  }
}
