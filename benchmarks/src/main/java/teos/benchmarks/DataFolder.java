package teos.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import teos.common.Folders;

/** A folder for what a tower that is measured stores: more than is to be left behind. */
public record DataFolder(Path path) implements AutoCloseable {

  /** Makes one in the system's folder for temporary files. */
  public static DataFolder create() throws IOException {
    return new DataFolder(Files.createTempDirectory("java-teos-benchmark-"));
  }

  /** Deletes it with all that is in it. */
  @Override
  public void close() throws IOException {
    Folders.delete(path);
  }
}
