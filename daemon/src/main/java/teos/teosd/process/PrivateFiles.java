package teos.teosd.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.config.Config;
import teos.rpc.tls.CertificatePaths;

/**
 * Restricts the permissions of the tower's existing files: earlier versions created files that
 * everyone may read, and a restored copy may have wider permissions. New files are private because
 * of {@link Umask}.
 *
 * <p>The group {@code operator_group} may read the data folder itself and the operator's key, so
 * that its members can use {@code teos-cli}. Certificates are public. Files that the operator has
 * put into the data folder, such as {@code teos.toml}, stay as they are.
 */
public final class PrivateFiles {

  private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> GROUP_FOLDER =
      PosixFilePermissions.fromString("rwxr-x---");
  private static final Set<PosixFilePermission> GROUP_FILE =
      PosixFilePermissions.fromString("rw-r-----");
  private static final Set<PosixFilePermission> PUBLIC =
      PosixFilePermissions.fromString("rw-r--r--");

  private static final int STICKY = 01000;

  /** Names of files in the network's folder or above it whose path is not a setting. */
  private static final List<String> FILE_NAMES =
      List.of(DataFolder.LOCK, "teosd.moving", "onion_v3_sk", "tls.lock");

  private PrivateFiles() {}

  /** Restricts the permissions of the tower's existing files, and logs each change. */
  public static void restrict(Config config) {
    Path operators = config.files().certificates();
    Path own = config.dataDir();
    if (!own.equals(operators)) {
      restrict(own, OWNER);
    }
    boolean hasGroup = config.files().operatorGroup().isPresent();
    if (!isSticky(operators)) { // such as /tmp, which others use too
      restrict(operators, hasGroup ? GROUP_FOLDER : OWNER);
    }
    CertificatePaths certificates = new CertificatePaths(operators);
    for (Path file : certificates.all()) {
      boolean isKey = file.toString().endsWith("-key.pem");
      boolean isOfGroup = hasGroup && file.equals(certificates.clientKey());
      restrict(file, isOfGroup ? GROUP_FILE : isKey ? OWNER : PUBLIC);
    }
    files(config).forEach(file -> restrict(file, OWNER));
  }

  /** Returns the private files: in the network's folder, or where the settings put them. */
  private static Set<Path> files(Config config) {
    Set<Path> files = new TreeSet<>();
    Config.Files set = config.files();
    for (Path folder : List.of(config.dataDir(), set.certificates())) {
      FILE_NAMES.forEach(name -> files.add(folder.resolve(name)));
    }
    Path database = set.database();
    files.add(database.resolveSibling("disk_reserve"));
    String stem = database.getFileName().toString().replaceFirst("\\.sqlite$", "");
    files.add(database.resolveSibling(stem + ".commits"));
    for (Path file : List.of(set.secretKey(), database, set.log(), set.breachLog())) {
      files.addAll(withSuffixes(file));
    }
    return files;
  }

  /**
   * Returns the file and its companions, such as {@code teos_db.sqlite-wal} and {@code teos.log.1}.
   */
  private static List<Path> withSuffixes(Path file) {
    String name = file.getFileName().toString();
    List<Path> found = new ArrayList<>(List.of(file));
    try (Stream<Path> all = Files.list(file.toAbsolutePath().getParent())) {
      all.filter(other -> isCompanion(name, other.getFileName().toString())).forEach(found::add);
    } catch (IOException e) {
      log.atDebug()
          .setCause(e)
          .addKeyValue("file", file)
          .log("cannot list the companions"); // the folder does not exist yet
    }
    return found;
  }

  private static boolean isCompanion(String name, String other) {
    return other.startsWith(name)
        && other.substring(name.length()).matches("-wal|-shm|-journal|\\.[0-9]+");
  }

  private static boolean isSticky(Path folder) {
    try {
      return ((int) Files.getAttribute(folder, "unix:mode") & STICKY) != 0;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static void restrict(Path path, Set<PosixFilePermission> allowed) {
    if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
      return; // missing, or a device: log_file may be /dev/null
    }
    try {
      Set<PosixFilePermission> before = Files.getPosixFilePermissions(path);
      Set<PosixFilePermission> after = EnumSet.noneOf(PosixFilePermission.class);
      after.addAll(before);
      after.retainAll(allowed);
      if (!after.equals(before)) {
        Files.setPosixFilePermissions(path, after);
        log.atWarn()
            .addKeyValue("path", path)
            .addKeyValue("before", PosixFilePermissions.toString(before))
            .addKeyValue("now", PosixFilePermissions.toString(after))
            .log("permissions narrowed: other users had access to the tower's files");
      }
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("path", path)
          .addKeyValue("reason", e.getMessage())
          .log("cannot restrict permissions: other users may be able to read the tower's files");
    }
  }
}
