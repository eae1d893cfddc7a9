package teos.tower.database;

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
 *
 * <p>Writing it is the second opinion on that sync. ext4 gives up its journal when the disk fails;
 * a sync that waits for its data just then finds the transaction ended, does not ask how, and tells
 * of success, though the blocks that the file has grown by are nobody's after a restart. What
 * changes a file's size needs the journal, and fails when it has been given up: so the mark is
 * written a byte too long and cut to its length, each time.
 */
final class CommitCounterFile implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CommitCounterFile.class);
  private static final String DATABASE = ".sqlite";
  private static final String MARK = ".commits";

  /** The number and its CRC-32C, big-endian. */
  private static final int LENGTH = Long.BYTES + Integer.BYTES;

  /** Before it is cut; a file may be left so. */
  private static final int UNCUT = LENGTH + 1;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(UNCUT);

  private CommitCounterFile(Path file, FileChannel channel) {
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
    if (bytes.length == LENGTH || bytes.length == UNCUT) {
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
  static CommitCounterFile open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(LENGTH); // what is longer has not been written here
    return new CommitCounterFile(file, channel);
  }

  /**
   * Notes that commit {@code number} is on disk.
   *
   * @throws StorageException if the file system does not take it: then the commit may be gone as
   *     well
   */
  void write(long number) {
    buffer.clear().putLong(number).putInt(checksum(number)).put((byte) 0).flip();
    try {
      channel.write(buffer, 0);
      channel.truncate(LENGTH);
    } catch (IOException e) {
      StorageFault fault = StorageFault.lookedAt(file, StorageFault.IO_ERROR);
      throw new StorageException(fault, "cannot write " + file + ": " + e.getMessage(), e);
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
