package teos.dist;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Native libraries, unpacked from their jars for the architecture of the build machine. Otherwise
 * each start would unpack them into /tmp, where a killed program leaves them behind, and from which
 * some systems do not allow code to be loaded.
 */
final class NativeLibraries {

  private NativeLibraries() {}

  static void unpack(Image image) throws IOException {
    String arch = architecture();
    List<String> entries =
        List.of(
            "org/sqlite/native/Linux/" + arch + "/libsqlitejdbc.so",
            "fr/acinq/secp256k1/jni/native/linux-" + arch + "/libsecp256k1-jni.so");
    Files.createDirectories(image.nativeLibraries());
    List<Path> jars;
    try (Stream<Path> files = Files.list(image.lib())) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    for (String entry : entries) {
      unpack(entry, jars, image.nativeLibraries());
    }
  }

  private static String architecture() throws IOException {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64" -> "aarch64";
      default ->
          throw new IOException(
              "no native libraries for the architecture " + arch + "; expected amd64 or aarch64");
    };
  }

  private static void unpack(String name, List<Path> jars, Path folder) throws IOException {
    for (Path jar : jars) {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        ZipEntry entry = zip.getEntry(name);
        if (entry != null) {
          try (InputStream in = zip.getInputStream(entry)) {
            Files.copy(in, folder.resolve(name.substring(name.lastIndexOf('/') + 1)));
          }
          return;
        }
      }
    }
    throw new IOException("no jar contains " + name);
  }
}
