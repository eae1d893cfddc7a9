package teos.teosd.command;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.config.Config;
import teos.migration.MigrationMarker;
import teos.teosd.TeosDaemon;
import teos.teosd.node.TowerKeys;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.PrivateFiles;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;

/** The command {@code teosd}, which runs a tower until it is stopped. */
public final class RunCommand {

  private RunCommand() {}

  /**
   * Sets up the data folder, the log and the key, and hands over to {@link TeosDaemon#start}.
   *
   * @throws StartupException if the tower cannot start
   */
  public static ExitCode run(Config config) throws StartupException, InterruptedException {
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.restrict(config);
      Logger logger = LoggerFactory.getLogger(TeosDaemon.class);
      requireComplete(folder);
      config.warnings().forEach(logger::warn);
      logger.atInfo().addKeyValue("path", folder.path()).log("data folder");
      // Until the tower has started, a signal ends the process: there is nothing to finish, and it
      // may stand by for a long time.
      Signals.handle(
          first -> Runtime.getRuntime().halt(ExitCode.OK.code()),
          second -> Runtime.getRuntime().halt(ExitCode.KILLED.code()));
      new TeosDaemon(config, TowerKeys.loadOrCreate(config, logger), logger).start();
      return ExitCode.OK;
    }
  }

  /** Refuses a data folder with an unfinished import or restore. */
  private static void requireComplete(DataFolder folder) throws StartupException {
    MigrationMarker marker = new MigrationMarker(folder.path());
    try {
      Optional<String> unfinished = marker.operation();
      if (unfinished.isPresent()) {
        throw new StartupException(
            ExitCode.UNFINISHED,
            "the data folder "
                + folder.path()
                + " is incomplete: "
                + unfinished.get()
                + " has not finished. Run the same command again, or empty the folder to give it"
                + " up");
      }
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot read " + marker.file() + ": " + e.getMessage(), e);
    }
  }
}
