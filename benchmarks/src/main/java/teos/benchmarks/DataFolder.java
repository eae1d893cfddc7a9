package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import teos.common.Folders;

/** Temporary data folder of a measured tower, deleted on close because it may be large. */
public record DataFolder(Path path) implements AutoCloseable {

  /** Creates a folder in the system's temporary directory. */
  public static DataFolder create() throws IOException {
    return new DataFolder(Files.createTempDirectory("java-teos-benchmark-"));
  }

  /** Deletes the folder with its contents. */
  @Override
  public void close() throws IOException {
    Folders.delete(path);
  }
}
