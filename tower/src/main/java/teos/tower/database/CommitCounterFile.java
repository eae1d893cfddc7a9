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
 * Number of the last commit, in a small file beside the database. If the end of SQLite's
 * write-ahead log is missing, SQLite opens the database without a warning and without the commits
 * in it, for which users hold receipts. A database that is behind this number has lost commits.
 *
 * <p>The file is written after the sync of each commit and is not synced itself, so that it costs
 * almost nothing. After a crash it may therefore be behind the database, but never ahead of it.
 *
 * <p>Writing it also checks that sync. ext4 aborts its journal when the disk fails. A sync that is
 * waiting at that moment sees that the journal's transaction has ended, does not check whether it
 * was committed, and reports success, although the blocks added to the file are not allocated after
 * a restart. An operation that changes a file's size needs the journal and fails once it is
 * aborted: so each time the counter is written one byte too long and then truncated.
 */
final class CommitCounterFile implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CommitCounterFile.class);
  private static final String DATABASE_SUFFIX = ".sqlite";
  private static final String COUNTER_SUFFIX = ".commits";

  /** Number and its CRC-32C, big-endian. */
  private static final int LENGTH = Long.BYTES + Integer.BYTES;

  /** Length before the file is truncated; a crash may leave this length. */
  private static final int PADDED_LENGTH = LENGTH + 1;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(PADDED_LENGTH);

  private CommitCounterFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Returns the counter file of {@code database}: {@code teos_db.commits} for {@code
   * teos_db.sqlite}.
   */
  static Path fileFor(Path database) {
    String name = database.getFileName().toString();
    String stem =
        name.endsWith(DATABASE_SUFFIX)
            ? name.substring(0, name.length() - DATABASE_SUFFIX.length())
            : name;
    return database.resolveSibling(stem + COUNTER_SUFFIX);
  }

  /** Returns the number in {@code file}; empty if the file does not exist or is torn. */
  static OptionalLong read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == LENGTH || bytes.length == PADDED_LENGTH) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long number = buffer.getLong();
      if (buffer.getInt() == checksum(number)) {
        return OptionalLong.of(number);
      }
    }
    log.atWarn()
        .addKeyValue("file", file)
        .log(
            "commit counter is torn, as after a power cut: lost commits cannot be detected at this"
                + " start");
    return OptionalLong.empty();
  }

  /** Opens {@code file} for writing; its number stays until the next {@link #write}. */
  static CommitCounterFile open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.truncate(LENGTH); // remove the padding that a crash may have left
    return new CommitCounterFile(file, channel);
  }

  /**
   * Records that commit {@code number} is on disk.
   *
   * @throws StorageException if the file system rejects the write: the commit may be lost as well
   */
  void write(long number) {
    buffer.clear().putLong(number).putInt(checksum(number)).put((byte) 0).flip();
    try {
      channel.write(buffer, 0);
      channel.truncate(LENGTH);
    } catch (IOException e) {
      StorageFault fault = StorageFault.refine(file, StorageFault.IO_ERROR);
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
      log.atDebug().addKeyValue("file", file).setCause(e).log("cannot close the commit counter");
    }
  }
}
