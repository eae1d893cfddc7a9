package teos.teosd.command;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import teos.config.Config;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;

/**
 * The command {@code teosd stop}, which shuts down the tower in the data folder and waits until it
 * has ended. The caller needs permission to signal the tower's process.
 */
public final class StopCommand {

  private static final long TIMEOUT_SECONDS = 60;

  private StopCommand() {}

  public static ExitCode run(Config config) throws InterruptedException {
    try {
      Optional<ProcessHandle> tower = DataFolder.holder(config.dataDir());
      if (tower.isEmpty()) {
        System.err.println("teosd: no tower is running in the data folder " + config.dataDir());
        return ExitCode.ERROR;
      }
      if (!tower.get().destroy()) {
        System.err.println("teosd: not permitted to stop the tower, pid " + tower.get().pid());
        return ExitCode.ERROR;
      }
      tower.get().onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      System.out.println("teosd: stopped, pid " + tower.get().pid());
      return ExitCode.OK;
    } catch (TimeoutException e) {
      System.err.println("teosd: the tower is still stopping after " + TIMEOUT_SECONDS + " s");
      return ExitCode.ERROR;
    } catch (IOException | ExecutionException | NumberFormatException e) {
      System.err.println("teosd: cannot determine which tower is running: " + e.getMessage());
      return ExitCode.ERROR;
    }
  }
}
