package teos.tower.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number of the last commit, in a small file beside the database. SQLite takes what it finds of
 * its write-ahead log, and says nothing when the end of it is gone, with commits for which users
 * hold receipts; a database that is behind this number has lost some.
 *
 * <p>It is written after each commit's sync and is not synced itself, so that it costs next to
 * nothing. After a crash it may be behind the database for that, and never is ahead of it.
 */
final class CommitMark implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CommitMark.class);
  private static final String DATABASE = ".sqlite";
  private static final String MARK = ".commits";

  /** The number and its CRC-32C, big-endian. */
  private static final int LENGTH = Long.BYTES + Integer.BYTES;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH);
  private boolean failed;

  private CommitMark(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Where the mark of {@code database} is: {@code teos_db.commits} for {@code teos_db.sqlite}. */
  static Path fileFor(Path database) {
    String name = database.getFileName().toString();
    String stem =
        name.endsWith(DATABASE) ? name.substring(0, name.length() - DATABASE.length()) : name;
    return database.resolveSibling(stem + MARK);
  }

  /** The number in {@code file}, if there is one. */
  static OptionalLong read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == LENGTH) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long number = buffer.getLong();
      if (buffer.getInt() == checksum(number)) {
        return OptionalLong.of(number);
      }
    }
    log.warn(
        "{} is torn, as it may be after a power cut: whether the database is all there cannot be"
            + " told this time",
        file);
    return OptionalLong.empty();
  }

  /** Opens {@code file} for writing; the number in it stays until another is written. */
  static CommitMark open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(LENGTH); // what is longer has not been written here
    return new CommitMark(file, channel);
  }

  /** Notes that commit {@code number} is on disk. */
  void write(long number) {
    buffer.clear().putLong(number).putInt(checksum(number)).flip();
    try {
      channel.write(buffer, 0);
      failed = false;
    } catch (IOException e) {
      // The commit is safe. What suffers is a later start's knowledge of it.
      if (!failed) {
        log.warn("cannot write {}: {}", file, e.getMessage());
      }
      failed = true;
    }
  }

  private static int checksum(long number) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    return (int) crc.getValue();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("cannot close {}", file, e);
    }
  }
}
