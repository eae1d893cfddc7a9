package teos.migration.backup;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Paths of the files that a backup of a tower contains.
 *
 * @param database the SQLite database
 * @param key the tower's key
 * @param certificates certificates of the operator's RPC and their keys; some may be missing
 * @param network as in {@code btc_network}
 */
public record TowerFiles(Path database, Path key, List<Path> certificates, String network) {

  static final String DATABASE = "teos_db.sqlite";
  static final String KEY = "teos_sk.der";

  public TowerFiles {
    certificates = List.copyOf(certificates);
  }

  /** Returns the certificates by their file names, which are also their names in a backup. */
  Map<String, Path> certificatesByName() {
    return certificates.stream()
        .collect(Collectors.toMap(path -> path.getFileName().toString(), p -> p));
  }
}
