package teos.migration.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import teos.common.Folders;

/** A folder that nobody else may look into, and that is gone after use. */
record StagingDirectory(Path path) implements AutoCloseable {

  /** Makes one beside what it is for, in the same file system. */
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
