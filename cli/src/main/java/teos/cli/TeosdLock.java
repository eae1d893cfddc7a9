package teos.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import teos.config.OperatorSettings;

/** Lock file in the network's data folder, which every teosd process holds while it runs. */
final class TeosdLock {

  /** Contains the pid of the process. */
  private static final String FILE = "teosd.lock";

  private TeosdLock() {}

  /**
   * Returns an explanation for the operator of why a process that holds the lock has no RPC at the
   * expected address; empty if no process holds it, or if the file cannot be read.
   */
  static Optional<String> describeHolder(OperatorSettings settings) {
    Path file = settings.folder().resolve(FILE);
    try {
      return isHeld(file)
          ? Optional.of(
              "teosd is running (pid "
                  + Files.readString(file).strip()
                  + ") but has no RPC there: it is starting or stopping, uses another rpc_port or"
                  + " rpc_bind, or is a front end (teosd api) or a command such as backup, which"
                  + " have no RPC; see "
                  + settings.log())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isHeld(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true; // held by this process
    }
  }
}
