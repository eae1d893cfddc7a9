package teos.teosd.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import teos.config.Config;
import teos.migration.CancellationToken;
import teos.migration.MigrationException;
import teos.migration.MigrationMarker;
import teos.migration.backup.Backup;
import teos.migration.backup.Restore;
import teos.migration.backup.TowerFiles;
import teos.rpc.tls.CertificatePaths;
import teos.teosd.process.DataFolder;
import teos.teosd.process.ExitCode;
import teos.teosd.process.Signals;
import teos.teosd.process.StartupException;
import teos.tower.database.StorageException;

/**
 * {@code teosd backup FILE}, which a running tower hardly notices, and {@code teosd restore FILE}.
 * What they do is told on standard error: the log is the running tower's.
 */
public final class BackupCommand {

  private BackupCommand() {}

  public static ExitCode backUp(Config config, Path file) throws StartupException {
    return told(
        interruption -> {
          Optional<String> unfinished = new MigrationMarker(config.dataDir()).what();
          if (unfinished.isPresent()) {
            throw new StartupException(
                ExitCode.UNFINISHED,
                "the data folder is not whole: " + unfinished.get() + " has not come to its end");
          }
          return new Backup(
                  files(config), InstantSource.system(), System.err::println, interruption)
              .write(file);
        });
  }

  public static ExitCode restore(Config config, Path file) throws StartupException {
    return told(
        interruption -> {
          try (DataFolder folder = DataFolder.open(config.dataDir())) {
            return new Restore(files(config), folder.path(), System.err::println, interruption)
                .read(file);
          }
        });
  }

  private static TowerFiles files(Config config) throws StartupException {
    requireFile(config);
    return new TowerFiles(
        config.files().database(),
        config.files().secretKey(),
        new CertificatePaths(config.files().certificates()).all(),
        config.network().configName());
  }

  /**
   * A server's database is copied and filled by its own programs.
   *
   * @throws StartupException if the tower's is one
   */
  public static void requireFile(Config config) throws StartupException {
    if (config.databaseServer().isPresent()) {
      throw new StartupException(
          ExitCode.CONFIGURATION,
          "database_url is set, and this is for SQLite's file only: see docs/postgresql.md");
    }
  }

  @FunctionalInterface
  private interface Work {
    String perform(CancellationToken interruption)
        throws StartupException, MigrationException, IOException;
  }

  private static ExitCode told(Work work) throws StartupException {
    try {
      System.out.println(work.perform(Signals.asInterruption()));
      return ExitCode.OK;
    } catch (MigrationException e) {
      throw new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
    } catch (StorageException e) {
      throw new StartupException(ExitCode.of(e), String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new StartupException(ExitCode.STORAGE, e.toString(), e);
    }
  }
}
