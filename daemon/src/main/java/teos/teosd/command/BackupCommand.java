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
 * The commands {@code teosd backup FILE}, which can run beside the tower, and {@code teosd restore
 * FILE}. They report their progress on standard error, because the log file belongs to the running
 * tower.
 */
public final class BackupCommand {

  private BackupCommand() {}

  public static ExitCode backUp(Config config, Path file) throws StartupException {
    return execute(
        cancellation -> {
          Optional<String> unfinished = new MigrationMarker(config.dataDir()).operation();
          if (unfinished.isPresent()) {
            throw new StartupException(
                ExitCode.UNFINISHED,
                "the data folder is incomplete: " + unfinished.get() + " has not finished");
          }
          return new Backup(
                  files(config), InstantSource.system(), System.err::println, cancellation)
              .write(file);
        });
  }

  public static ExitCode restore(Config config, Path file) throws StartupException {
    return execute(
        cancellation -> {
          try (DataFolder folder = DataFolder.open(config.dataDir())) {
            return new Restore(files(config), folder.path(), System.err::println, cancellation)
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
   * Checks that the tower's database is an SQLite file. A PostgreSQL database is backed up and
   * restored by PostgreSQL's own programs.
   *
   * @throws StartupException if the tower uses PostgreSQL
   */
  public static void requireFile(Config config) throws StartupException {
    if (config.databaseServer().isPresent()) {
      throw new StartupException(
          ExitCode.CONFIGURATION,
          "this command is for SQLite only, but database_url is set; see docs/postgresql.md");
    }
  }

  @FunctionalInterface
  private interface Task {
    /** Runs the task, and returns its result for the operator. */
    String run(CancellationToken cancellation)
        throws StartupException, MigrationException, IOException;
  }

  private static ExitCode execute(Task task) throws StartupException {
    try {
      System.out.println(task.run(Signals.asCancellation()));
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
