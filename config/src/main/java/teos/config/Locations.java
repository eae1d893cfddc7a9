package teos.config;

import java.nio.file.Path;

/**
 * Base folders with which the paths that operators write become absolute.
 *
 * @param home replaces {@code ~}
 * @param base folder that relative paths start in
 */
record Locations(Path home, Path base) {

  /** Returns {@code text} as an absolute, normalized path. */
  Path resolve(String text) {
    if (text.equals("~")) {
      return home;
    }
    if (text.startsWith("~/")) {
      return home.resolve(text.substring(2).replaceFirst("^/+", "")).normalize();
    }
    return base.resolve(text).toAbsolutePath().normalize();
  }
}
