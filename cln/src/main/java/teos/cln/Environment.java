package teos.cln;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import teos.common.HomeFolder;

/**
 * The user's folders.
 *
 * @param ownFolder folder for the plugin's data; if empty, {@code teos-cln} in lightningd's folder
 * @param rustFolder folder of rust-teos's plugin, which may not exist
 */
record Environment(Optional<Path> ownFolder, Path rustFolder) {

  /** Variable with the folder for the plugin's data. */
  private static final String OWN_FOLDER = "TEOS_CLN_DATA_DIR";

  /** Variable of rust-teos's plugin for its folder. */
  private static final String RUST_FOLDER = "TOWERS_DATA_DIR";

  /** Reads the variables of the environment. */
  static Environment of(Map<String, String> variables) {
    return new Environment(
        Optional.ofNullable(variables.get(OWN_FOLDER))
            .filter(text -> !text.isEmpty())
            .map(Path::of),
        Optional.ofNullable(variables.get(RUST_FOLDER))
            .filter(text -> !text.isEmpty())
            .map(Path::of)
            .orElseGet(() -> HomeFolder.path().resolve(".watchtower")));
  }
}
