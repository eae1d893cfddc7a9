package teos.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import teos.common.HomeFolder;

/** The tower's data folder if no flag names one. */
public final class DefaultFolder {

  /** Folder of a tower that runs as a normal user, in the home folder. */
  private static final String PERSONAL = ".teos";

  /** Folder of the service that the package installs. */
  private static final Path SERVICE = Path.of("/var/lib/teos");

  private DefaultFolder() {}

  /** Returns the folder that {@code teosd} uses: {@code TEOS_DATADIR}, or else {@code ~/.teos}. */
  public static Path ofTower() {
    return fromEnvironment().orElseGet(() -> HomeFolder.path().resolve(PERSONAL));
  }

  /**
   * Returns the folder in which {@code teos-cli} looks for the tower: {@code TEOS_DATADIR}, or else
   * {@code ~/.teos}, or that of the package's service if {@code ~/.teos} does not exist.
   */
  public static Path ofOperator() {
    return fromEnvironment().orElseGet(() -> ofOperator(HomeFolder.path(), SERVICE));
  }

  static Path ofOperator(Path home, Path service) {
    Path personal = home.resolve(PERSONAL);
    return Files.isDirectory(personal) || !Files.isDirectory(service) ? personal : service;
  }

  private static Optional<Path> fromEnvironment() {
    return Environment.dataDir().map(ConfigLoader::folder);
  }
}
