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
 * The folder of one tower, which only one process at a time may run in: two with the same key and
 * database would answer for each other.
 */
public final class DataFolder implements AutoCloseable {

  /** Holds the pid of the process that has locked it. */
  static final String LOCK = "teosd.lock";

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
  public static DataFolder open(Path path) throws StartupException {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw taken(path);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)));
      return new DataFolder(path, channel);
    } catch (OverlappingFileLockException e) {
      throw taken(path);
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot use the data folder " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * The process of the tower that runs in the folder {@code path}, if one does.
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

  private static StartupException taken(Path path) {
    return new StartupException(
        ExitCode.ERROR, "another teosd is running in the data folder " + path);
  }

  public Path path() {
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
