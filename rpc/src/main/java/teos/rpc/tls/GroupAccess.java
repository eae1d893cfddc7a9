package teos.rpc.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Set;

/** Files and folders of the tower that the members of a group may read, and nobody else. */
final class GroupAccess {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-x---");

  private GroupAccess() {}

  /**
   * Lets {@code group} read {@code path}.
   *
   * @throws IOException if there is no such group, or the process may not give it the file
   */
  static void read(Path path, String group) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    try {
      GroupPrincipal wanted =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      // Only where it differs: the package's unit keeps the tower from changing any.
      if (!view.readAttributes().group().equals(wanted)) {
        view.setGroup(wanted);
      }
      view.setPermissions(Files.isDirectory(path) ? FOLDER : FILE);
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("operator_group: there is no group " + group, e);
    } catch (IOException e) {
      throw new IOException(
          "operator_group: cannot let the group "
              + group
              + " read "
              + path
              + "; the tower's user must be a member of it ("
              + e.getMessage()
              + ")",
          e);
    }
  }
}
