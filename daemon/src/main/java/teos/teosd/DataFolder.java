package teos.teosd;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder of one tower, which only one process at a time may run in: two with the same key and
 * database would answer for each other.
 */
final class DataFolder implements AutoCloseable {

  private final Path path;

  /** The lock is held as long as this is open; the system frees it, however the process ends. */
  private final FileChannel channel;

  private DataFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes the folder where needed, and takes it.
   *
   * @throws StartupException if it cannot be written, or another tower runs in it
   */
  static DataFolder open(Path path) throws StartupException {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(
              path.resolve("teosd.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw taken(path);
      }
      return new DataFolder(path, channel);
    } catch (OverlappingFileLockException e) {
      throw taken(path);
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.ERROR, "cannot use the data folder " + path + ": " + e.getMessage(), e);
    }
  }

  private static StartupException taken(Path path) {
    return new StartupException(
        ExitCode.ERROR, "another teosd is running in the data folder " + path);
  }

  Path path() {
    return path;
  }

  /** Lets another process have it. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // the system frees it when the process ends
    }
  }
}
