package teos.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Debian's machine-readable {@code copyright} file. Its stanzas on libraries are generated from the
 * pom.xml of each jar, so no library can be missing; the other stanzas are in {@code
 * src/main/licenses}.
 */
final class Copyrights {

  /** Debian's short names of licences, by patterns for the names that pom.xml files use. */
  private static final Map<Pattern, String> SHORT_NAMES =
      Map.of(
          Pattern.compile("(?i).*apache.*2\\.0.*"), "Apache-2.0",
          Pattern.compile("(?i)(the )?mit( licen[sc]e)?|bouncy castle licence"), "Expat",
          Pattern.compile("(?i)BSD-2-Clause"), "BSD-2-Clause",
          Pattern.compile("(?i)BSD-3-Clause"), "BSD-3-Clause",
          Pattern.compile("(?i)EPL-2\\.0"), "EPL-2.0",
          Pattern.compile("(?i)LGPL-2\\.1.*"), "LGPL-2.1",
          Pattern.compile("(?i).*CC0.*"), "CC0-1.0");

  private Copyrights() {}

  /**
   * Writes the file.
   *
   * @param jars paths of the installed libraries in a Maven repository
   * @param texts folder with the other stanzas ({@code head}) and the texts of the licences ({@code
   *     texts})
   * @throws IOException also if the pom.xml of a jar names no licence, or one without a text
   */
  static void write(Path file, Collection<Path> jars, Path texts) throws IOException {
    String licences = Files.readString(texts.resolve("texts"));
    StringBuilder copyright = new StringBuilder(Files.readString(texts.resolve("head")));
    for (Path jar : new TreeSet<>(jars)) {
      Pom pom = Pom.of(jar);
      List<String> names = pom.licences().stream().map(name -> shortName(jar, name)).toList();
      for (String name : names) {
        if (!licences.contains("License: " + name + "\n")) {
          throw new IOException("no text of the licence " + name + " in " + texts.resolve("texts"));
        }
      }
      copyright
          .append("\nFiles: lib/" + jar.getFileName())
          .append("\nCopyright: " + pom.holder())
          .append("\nLicense: " + String.join(" or ", names))
          .append("\nComment: " + pom.coordinates() + pom.url().map(url -> ", " + url).orElse(""))
          .append("\n");
    }
    Files.writeString(file, copyright + "\n" + licences);
  }

  private static String shortName(Path jar, String name) {
    String found =
        SHORT_NAMES.entrySet().stream()
            .filter(entry -> entry.getKey().matcher(name).matches())
            .map(Map.Entry::getValue)
            .collect(Collectors.joining());
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          jar + " has an unknown licence: " + name + "; add it to Copyrights.SHORT_NAMES");
    }
    return found;
  }
}
