package teos.common;

import java.util.Optional;

/** Version of the tower and its programs. */
public final class Version {

  private Version() {}

  /** Returns the version from the manifest of the jar; {@code (unreleased)} outside of a jar. */
  public static String current() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("(unreleased)");
  }
}
