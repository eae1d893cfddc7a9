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
 * Atomic and durable changes of files: after a crash a file has either the old or the new content,
 * and once a method returns, the change is on disk (fsync).
 */
public final class DurableFile {

  /** Permissions of a file. */
  public enum Access {
    /** Only the owner may read it: mode 0600. */
    OWNER("rw-------"),
    /** Everyone may read it: mode 0644. */
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
   * Writes {@code content} to {@code file}, and replaces a file that exists. The folder must exist.
   *
   * @throws IOException if that fails; the old content is kept
   */
  public static void write(Path file, byte[] content, Access access) throws IOException {
    Path folder = folderOf(file);
    // Other users must not be able to open it, not even while it is written.
    Path temporary = Files.createTempFile(folder, "." + file.getFileName(), ".new", OWNER_ONLY);
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer remaining = ByteBuffer.wrap(content);
        while (remaining.hasRemaining()) {
          channel.write(remaining);
        }
        Files.setPosixFilePermissions(temporary, access.permissions());
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(folder);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Moves {@code from} to {@code to} within a file system, and replaces a file that exists. Both
   * folders must exist.
   *
   * @throws IOException if that fails
   */
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(folderOf(to));
    sync(folderOf(from));
  }

  /**
   * Deletes {@code file} if it exists.
   *
   * @throws IOException if that fails
   */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      sync(folderOf(file));
    }
  }

  /** Returns the absolute path of the folder that contains {@code file}. */
  public static Path folderOf(Path file) {
    return Objects.requireNonNull(
        file.toAbsolutePath().getParent(), "the root folder has no parent");
  }

  /**
   * Flushes the entries of {@code folder} to disk, without which a new or renamed file in it may be
   * lost in a crash.
   *
   * @throws IOException if that fails
   */
  public static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
