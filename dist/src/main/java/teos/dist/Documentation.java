package teos.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * README, docs/, changelog, licence and copyright, in the relative places that their links expect.
 */
final class Documentation {

  private static final List<String> FILES =
      List.of("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE");

  private Documentation() {}

  /**
   * Fills the image's documentation folder.
   *
   * @param source the project's folder
   * @param jars paths of the installed libraries in a Maven repository
   */
  static void write(Image image, Path source, Collection<Path> jars) throws IOException {
    Path folder = Files.createDirectories(image.documentation());
    for (String file : FILES) {
      Files.copy(source.resolve(file), folder.resolve(file));
    }
    FileTree.copy(source.resolve("docs"), folder.resolve("docs"));
    Copyrights.write(folder.resolve("copyright"), jars, source.resolve("dist/src/main/licenses"));
  }
}
