package teos.common;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * Writes whole files so that, whatever happens meanwhile, the old content or the new is there, and
 * that the new is there for good once the method returns.
 */
public final class DurableFile {

  /** Who may read a file. */
  public enum Access {
    /** Mode 0600. */
    OWNER("rw-------"),
    /** Mode 0644. */
    EVERYONE("rw-r--r--");

    private final String mode;

    Access(String mode) {
      this.mode = mode;
    }

    private Set<PosixFilePermission> permissions() {
      return PosixFilePermissions.fromString(mode);
    }
  }

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(Access.OWNER.permissions());

  private DurableFile() {}

  /**
   * Puts {@code content} into {@code file}, in the place of what was there. Its folder has to
   * exist.
   *
   * @throws IOException if that cannot be done; what was there is still there then
   */
  public static void write(Path file, byte[] content, Access access) throws IOException {
    Path folder = folderOf(file);
    // Nobody else may open it even for the moment in which it is being written.
    Path fresh = Files.createTempFile(folder, "." + file.getFileName(), ".new", OWNER_ONLY);
    try {
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(content);
        while (left.hasRemaining()) {
          channel.write(left);
        }
        Files.setPosixFilePermissions(fresh, access.permissions());
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(folder);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /**
   * Moves {@code from} to {@code to}, over what is there, in the same file system; both folders
   * have to exist.
   */
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(folderOf(to));
    sync(folderOf(from));
  }

  /** Deletes {@code file}, if it is there. */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      sync(folderOf(file));
    }
  }

  /** Returns the folder that {@code file} is in, as an absolute path. */
  public static Path folderOf(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root is no file");
  }

  /**
   * Has the names of what is in {@code folder} on disk: that of a new file is when its folder is.
   */
  public static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
