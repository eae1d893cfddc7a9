package teos.teosd.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BitcoindRpc;
import teos.bitcoin.BlockProcessor;
import teos.common.Folders;
import teos.config.Config;
import teos.migration.CancellationToken;
import teos.migration.MigrationException;
import teos.migration.MigrationMarker;
import teos.migration.SourceFolder;
import teos.migration.SourceTower;
import teos.migration.TowerImport;
import teos.teosd.node.BitcoindCheck;
import teos.teosd.node.TowerKeys;
import teos.teosd.node.Wiring;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Logging;
import teos.teosd.process.PrivateFiles;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.tower.database.Database;
import teos.tower.database.StorageException;

/**
 * {@code teosd import FOLDER}: takes over another tower, as a whole or not at all. What has been
 * begun and not finished is noted in the data folder, and no tower starts on that.
 */
public final class ImportCommand {

  private static final Logger log = LoggerFactory.getLogger(ImportCommand.class);
  private static final String COPY = "teosd.import";

  private ImportCommand() {}

  public static ExitCode run(Config config, Path given)
      throws StartupException, InterruptedException {
    BackupCommand.requireFile(config);
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.narrow(config);
      CancellationToken interruption = Signals.asInterruption();
      MigrationMarker mark = new MigrationMarker(folder.path());
      try {
        log.info("{}", take(config, given, folder.path(), mark, interruption));
        log.info(
            "the tower can be started; the old one must not run again: both would answer to the"
                + " same users");
        return ExitCode.OK;
      } catch (MigrationException e) {
        throw new StartupException(ExitCode.of(e), e.getMessage() + advice(e, mark), e);
      } catch (StorageException e) {
        throw new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        throw new StartupException(ExitCode.STORAGE, "cannot import: " + e.getMessage(), e);
      }
    }
  }

  private static String advice(MigrationException e, MigrationMarker mark) throws StartupException {
    try {
      return e.kind() == MigrationException.Kind.INTERRUPTED && mark.what().isPresent()
          ? ". The same command goes on from here; until it has come to its end no tower starts on"
              + " this data folder"
          : "";
    } catch (IOException unreadable) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot read " + mark.file() + ": " + unreadable.getMessage(), e);
    }
  }

  private static String take(
      Config config, Path given, Path dataDir, MigrationMarker mark, CancellationToken interruption)
      throws StartupException, MigrationException, IOException, InterruptedException {
    List<String> networkFolders =
        List.of(config.network().configName(), config.network().bitcoindName()).stream()
            .distinct()
            .toList();
    SourceFolder source = SourceFolder.find(given, networkFolders);
    log.info("found: {}", source);
    BitcoindRpc rpc = Wiring.bitcoind(config);
    BitcoindCheck inspection = new BitcoindCheck(new BlockProcessor(rpc));
    inspection.inspect(config);
    Path copy = dataDir.resolve(COPY);
    Consumer<String> progress = log::info;
    try (SourceTower tower = source.open(copy, progress, interruption)) {
      return new TowerImport(
              tower,
              source.kind().program(),
              rpc,
              config.mode().forceUpdate(),
              progress,
              interruption)
          .run(mark, TowerKeys.file(config), () -> Database.open(config.files().database()));
    } catch (BitcoindException e) {
      throw inspection.asStartup(e);
    } finally {
      Folders.delete(copy);
    }
  }
}
