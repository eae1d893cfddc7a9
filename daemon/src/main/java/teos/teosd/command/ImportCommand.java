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
 * The command {@code teosd import FOLDER}, which imports another tower, completely or not at all. A
 * marker in the data folder records an import that is incomplete; no tower starts on that folder.
 */
public final class ImportCommand {

  private static final Logger log = LoggerFactory.getLogger(ImportCommand.class);
  private static final String COPY_NAME = "teosd.import";

  private ImportCommand() {}

  public static ExitCode run(Config config, Path folderOrFile)
      throws StartupException, InterruptedException {
    BackupCommand.requireFile(config);
    try (DataFolder folder = DataFolder.open(config.dataDir())) {
      Logging.setUp(config);
      PrivateFiles.restrict(config);
      CancellationToken cancellation = Signals.asCancellation();
      MigrationMarker marker = new MigrationMarker(folder.path());
      try {
        log.info("{}", importTower(config, folderOrFile, folder.path(), marker, cancellation));
        log.info(
            "import finished; start this tower and never run the old one again: both have the same"
                + " key and users");
        return ExitCode.OK;
      } catch (MigrationException e) {
        throw new StartupException(ExitCode.of(e), e.getMessage() + advice(e, marker), e);
      } catch (StorageException e) {
        throw new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
      } catch (IOException e) {
        throw new StartupException(ExitCode.STORAGE, "cannot import: " + e.getMessage(), e);
      }
    }
  }

  private static String advice(MigrationException e, MigrationMarker marker)
      throws StartupException {
    try {
      return e.kind() == MigrationException.Kind.INTERRUPTED && marker.operation().isPresent()
          ? ". Run the same command again to continue; until it has finished, no tower starts on"
              + " this data folder"
          : "";
    } catch (IOException unreadable) {
      throw new StartupException(
          ExitCode.STORAGE, "cannot read " + marker.file() + ": " + unreadable.getMessage(), e);
    }
  }

  private static String importTower(
      Config config,
      Path folderOrFile,
      Path dataDir,
      MigrationMarker marker,
      CancellationToken cancellation)
      throws StartupException, MigrationException, IOException, InterruptedException {
    List<String> networkFolders =
        List.of(config.network().configName(), config.network().bitcoindName()).stream()
            .distinct()
            .toList();
    SourceFolder source = SourceFolder.find(folderOrFile, networkFolders);
    log.atInfo().addKeyValue("source", source).log("found the tower to import");
    BitcoindRpc rpc = Wiring.bitcoind(config);
    BitcoindCheck check = new BitcoindCheck(new BlockProcessor(rpc));
    check.inspect(config);
    Path copy = dataDir.resolve(COPY_NAME);
    Consumer<String> progress = log::info;
    try (SourceTower tower = source.open(copy, progress, cancellation)) {
      return new TowerImport(
              tower,
              source.kind().program(),
              rpc,
              config.mode().forceUpdate(),
              progress,
              cancellation)
          .run(marker, TowerKeys.file(config), () -> Database.open(config.files().database()));
    } catch (BitcoindException e) {
      throw check.asStartup(e);
    } finally {
      Folders.delete(copy);
    }
  }
}
