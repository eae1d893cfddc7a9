package teos.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import teos.common.HomeFolder;

/** The tower's data folder where no flag names one. */
public final class DefaultFolder {

  /** Of a tower that somebody runs in their own name. */
  private static final String PERSONAL = ".teos";

  /** Of the service that the package installs. */
  private static final Path SERVICE = Path.of("/var/lib/teos");

  private DefaultFolder() {}

  /** Returns what {@code TEOS_DATADIR} says, or else {@code ~/.teos}: where {@code teosd} works. */
  public static Path ofTower() {
    return named().orElseGet(() -> HomeFolder.path().resolve(PERSONAL));
  }

  /**
   * Returns where an operator's tower is: what {@code TEOS_DATADIR} says, or {@code ~/.teos}, or
   * that of the package's service where there is no {@code ~/.teos}.
   */
  public static Path ofOperator() {
    return named().orElseGet(() -> ofOperator(HomeFolder.path(), SERVICE));
  }

  static Path ofOperator(Path home, Path service) {
    Path personal = home.resolve(PERSONAL);
    return Files.isDirectory(personal) || !Files.isDirectory(service) ? personal : service;
  }

  private static Optional<Path> named() {
    return Environment.dataDir().map(ConfigLoader::folder);
  }
}
