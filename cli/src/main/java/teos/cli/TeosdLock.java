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

/** Process that holds the data folder where no RPC answers. */
final class TeosdLock {

  /** What teosd holds locked, in the network's folder, with its pid in it. */
  private static final String LOCK = "teosd.lock";

  private TeosdLock() {}

  /**
   * Returns a sentence about that process; empty if no process holds the folder, or that cannot be
   * seen.
   */
  static Optional<String> describeHolder(OperatorSettings settings) {
    Path file = settings.folder().resolve(LOCK);
    try {
      return isHeld(file)
          ? Optional.of(
              "teosd runs, with the pid "
                  + Files.readString(file).strip()
                  + ", and has no RPC there: it has only just been started or is stopping, or has"
                  + " another rpc_port or rpc_bind, or is a front end (teosd api) or a command such"
                  + " as backup, which have none. "
                  + settings.log()
                  + " says what it does")
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
      return true; // by this process
    }
  }
}
