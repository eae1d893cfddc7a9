package teos.migration.backup;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where the files are that make a tower the one that it is.
 *
 * @param database SQLite's
 * @param key the tower's
 * @param certificates of the operator's RPC, with their keys; some may not be there
 * @param network as in {@code btc_network}
 */
public record TowerFiles(Path database, Path key, List<Path> certificates, String network) {

  static final String DATABASE = "teos_db.sqlite";
  static final String KEY = "teos_sk.der";

  public TowerFiles {
    certificates = List.copyOf(certificates);
  }

  /** By the names that they have in a backup, whatever they are called here. */
  Map<String, Path> certificatesByName() {
    return certificates.stream()
        .collect(Collectors.toMap(path -> path.getFileName().toString(), p -> p));
  }
}
