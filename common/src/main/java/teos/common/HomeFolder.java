package teos.common;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Home folder of the user, {@code $HOME} as in other programs. Java's {@code user.home} comes from
 * the system's user database, which is often wrong in a container.
 */
public final class HomeFolder {

  private HomeFolder() {}

  /** Returns {@code $HOME} if it is an absolute path, else {@code user.home}. */
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
