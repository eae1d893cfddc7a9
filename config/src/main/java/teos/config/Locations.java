package teos.config;

import java.nio.file.Path;

/** Turns the paths that operators write into absolute ones. */
record Locations(Path home, Path base) {

  /** {@code ~} is the home folder; what is relative stands in the base folder. */
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
