package teos.common;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Home folder of the user, as shells and other programs have it: {@code $HOME}. Java's own {@code
 * user.home} is what the system's list of users says, which in a container is rarely what is meant.
 */
public final class HomeFolder {

  private HomeFolder() {}

  /** {@code $HOME}, if it is an absolute path; else what the system says. */
  public static Path path() {
    return of(System.getenv("HOME")).orElseGet(() -> Path.of(System.getProperty("user.home")));
  }

  static Optional<Path> of(@Nullable String variable) {
    try {
      return Optional.ofNullable(variable).map(Path::of).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
