package teos.common;

import java.util.Optional;

/** Which version of the tower and its programs this is, as the jar says. */
public final class Version {

  private Version() {}

  public static String current() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("(unreleased)");
  }
}
