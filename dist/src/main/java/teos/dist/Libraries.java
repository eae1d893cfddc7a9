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

/** The jars that the programs run on. What several of them need is there once. */
final class Libraries {

  /** What libsecp256k1 has for systems that this is not made for. */
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
   * Copies the jars of the packaged {@code module}.
   *
   * @return the class path in its order, names of files
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

  /** Returns where the jars that are not the project's own have been copied from. */
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
