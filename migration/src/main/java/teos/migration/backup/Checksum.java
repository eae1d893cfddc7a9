package teos.migration.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;

/** SHA-256 of files and of copied data. */
final class Checksum {

  private static final int BUFFER_SIZE = 1 << 16;
  private static final long PROGRESS_BYTES = 256L << 20;

  private Checksum() {}

  /** Returns the checksum of a file, hex. */
  static String of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return copy(in, OutputStream.nullOutputStream(), megabytes -> {});
    }
  }

  /**
   * Copies {@code in} to {@code out}.
   *
   * @param progress receives the number of MB copied so far, every 256 MiB
   * @return checksum of the copied data, hex
   */
  static String copy(InputStream in, OutputStream out, Consumer<Long> progress) throws IOException {
    MessageDigest sha256 = sha256();
    byte[] buffer = new byte[BUFFER_SIZE];
    long copied = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      sha256.update(buffer, 0, read);
      out.write(buffer, 0, read);
      if (copied / PROGRESS_BYTES != (copied + read) / PROGRESS_BYTES) {
        progress.accept((copied + read) / 1_000_000);
      }
      copied += read;
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
