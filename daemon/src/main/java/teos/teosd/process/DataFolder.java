package teos.teosd.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Data folder of a tower, locked for this process: two towers with the same key and database must
 * not run at the same time.
 */
public final class DataFolder implements AutoCloseable {

  /** Name of the lock file, which contains the pid of the process that has locked it. */
  static final String LOCK = "teosd.lock";

  private final Path path;

  /** Holds the lock while it is open. The system releases the lock when the process ends. */
  private final FileChannel channel;

  private DataFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Creates the folder if it does not exist, and locks it.
   *
   * @throws StartupException if the folder cannot be written, or another tower has locked it
   */
  public static DataFolder open(Path path) throws StartupException {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw inUse(path);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)));
      return new DataFolder(path, channel);
    } catch (OverlappingFileLockException e) {
      throw inUse(path);
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot use the data folder " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Returns the process of the tower that runs in the folder {@code path}, if there is one.
   *
   * @throws IOException if the folder cannot be read
   */
  public static Optional<ProcessHandle> holder(Path path) throws IOException {
    Path file = path.resolve(LOCK);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        return Optional.empty();
      }
    }
    String pid = Files.readString(file).strip();
    return pid.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(pid));
  }

  private static StartupException inUse(Path path) {
    return new StartupException(
        ExitCode.ERROR, "another teosd is running in the data folder " + path);
  }

  public Path path() {
    return path;
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // the system releases the lock when the process ends
    }
  }
}
