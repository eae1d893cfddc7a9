package teos.teosd;

import java.util.Optional;

/** Which version of the tower this is, as its jar says. */
final class Version {

  private Version() {}

  static String current() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("(unreleased)");
  }
}
