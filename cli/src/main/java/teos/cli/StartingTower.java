package teos.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import teos.config.OperatorSettings;

/** A tower that runs and has no RPC yet: that comes when all blocks have been looked at. */
final class StartingTower {

  /** What a tower holds locked, in the network's folder, with its pid in it. */
  private static final String LOCK = "teosd.lock";

  private StartingTower() {}

  /** Returns what there is to say of such a tower; nothing if none runs, as far as can be seen. */
  static String note(OperatorSettings settings) {
    Path file = settings.folder().resolve(LOCK);
    try {
      return isHeld(file)
          ? "teosd runs, with the pid " + Files.readString(file).strip() + ", and has no RPC yet: it is"
              + " looking at the blocks since it was stopped. " + settings.log()
              + " says how far it is"
          : "";
    } catch (IOException e) {
      return "";
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
