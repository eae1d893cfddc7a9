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

/** Permissions that let only the tower's user and the members of a group read a file or folder. */
final class GroupAccess {

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-x---");

  private GroupAccess() {}

  /**
   * Lets {@code group} read {@code path}.
   *
   * @throws IOException if the group does not exist, or if the process may not change the file's
   *     group
   */
  static void read(Path path, String group) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    try {
      GroupPrincipal principal =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      // Only if it differs: the package's systemd unit forbids changing groups.
      if (!view.readAttributes().group().equals(principal)) {
        view.setGroup(principal);
      }
      view.setPermissions(Files.isDirectory(path) ? FOLDER : FILE);
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("operator_group: the group " + group + " does not exist", e);
    } catch (IOException e) {
      throw new IOException(
          "operator_group: cannot give the group "
              + group
              + " access to "
              + path
              + "; the tower's user must be a member of the group ("
              + e.getMessage()
              + ")",
          e);
    }
  }
}
