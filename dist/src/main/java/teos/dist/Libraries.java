package teos.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Jars of the programs. A jar that several programs need is installed once. */
final class Libraries {

  /** Prefixes of libsecp256k1's jars for other operating systems. */
  private static final List<String> OTHER_SYSTEMS =
      List.of("secp256k1-kmp-jni-jvm-darwin-", "secp256k1-kmp-jni-jvm-mingw-");

  private final Path lib;
  private final String version;
  private final Map<String, Path> copied = new HashMap<>();

  Libraries(Path lib, String version) throws IOException {
    this.lib = Files.createDirectories(lib);
    this.version = version;
  }

  /**
   * Copies the jar of the packaged {@code module} and its dependencies.
   *
   * @return the class path in order, as file names
   */
  List<String> copy(Path module) throws IOException {
    Path target = module.resolve("target");
    String own = "teos-" + module.getFileName() + "-" + version + ".jar";
    List<Path> jars = new ArrayList<>(List.of(target.resolve(own)));
    String listed = Files.readString(target.resolve("class-path")).strip();
    Stream.of(listed.split(File.pathSeparator)).map(Path::of).forEach(jars::add);
    List<String> names = new ArrayList<>();
    for (Path jar : jars) {
      String name = jar.getFileName().toString();
      if (OTHER_SYSTEMS.stream().noneMatch(name::startsWith)) {
        copy(jar, name);
        names.add(name);
      }
    }
    return names;
  }

  /** Returns the original paths of the copied jars that are not the project's own. */
  List<Path> others() {
    return copied.values().stream()
        .filter(jar -> !jar.getFileName().toString().endsWith("-" + version + ".jar"))
        .toList();
  }

  private void copy(Path jar, String name) throws IOException {
    Path before = copied.put(name, jar);
    if (before == null) {
      CacheableJar.copy(jar, lib.resolve(name));
    } else if (!before.equals(jar)) {
      throw new IOException("two jars have the same name: " + before + ", " + jar);
    }
  }
}
