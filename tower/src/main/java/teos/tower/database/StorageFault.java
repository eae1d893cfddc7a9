package teos.tower.database;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Fault of a database that needs an operator. A PostgreSQL server that is unavailable, full or
 * restarting is not one: the tower retries.
 */
public enum StorageFault {
  /** The disk is full. */
  DISK_FULL,
  /** The file or its file system is read-only. */
  READ_ONLY,
  /** Reads or writes of the disk fail. */
  IO_ERROR,
  /** The file cannot be opened. */
  CANNOT_OPEN,
  /** The file is not an SQLite database. */
  NOT_A_DATABASE,
  /** SQLite or the server reports corruption. */
  DAMAGED,
  /** The file is missing commits that users hold receipts for. */
  COMMITS_LOST,
  /** The server's settings allow a crash to undo confirmed commits. */
  NOT_DURABLE,
  /** Another process has become the leader. */
  LEASE_LOST;

  /**
   * Free bytes below which the disk counts as full, because SQLite writes several pages at a time.
   */
  private static final long MIN_USABLE_BYTES = 128 * 1024;

  /** Bits of the primary result code in an extended one. */
  private static final int PRIMARY_CODE_MASK = 0xff;

  /**
   * Returns the fault behind {@code failure} of the database {@code file}; empty if retrying may
   * help.
   */
  static Optional<StorageFault> of(Throwable failure, Path file) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException known) {
        return known.fault();
      }
      if (cause instanceof SQLiteException sqlite) {
        return Optional.ofNullable(of(sqlite.getResultCode(), file));
      }
      if (cause instanceof IOException) {
        return Optional.of(refine(file, CANNOT_OPEN)); // of the commit counter's file
      }
    }
    return Optional.empty();
  }

  private static @Nullable StorageFault of(SQLiteErrorCode code, Path file) {
    return switch (primary(code)) {
      case SQLITE_FULL -> DISK_FULL;
      case SQLITE_READONLY -> READ_ONLY;
      case SQLITE_IOERR -> refine(file, IO_ERROR);
      case SQLITE_CANTOPEN -> refine(file, CANNOT_OPEN);
      case SQLITE_CORRUPT -> DAMAGED;
      case SQLITE_NOTADB -> NOT_A_DATABASE;
      default -> null;
    };
  }

  /**
   * Returns whether {@code failure} is a write for which the disk had no room: SQLite has rolled
   * back the transaction, the file is intact, and a later write may succeed. A disk that is full
   * during a sync is different: it is unknown what has been stored.
   */
  static boolean isFullOnWrite(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLiteException sqlite) {
        SQLiteErrorCode code = sqlite.getResultCode();
        return primary(code) == SQLiteErrorCode.SQLITE_FULL
            || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE;
      }
    }
    return false;
  }

  private static SQLiteErrorCode primary(SQLiteErrorCode code) {
    return code == SQLiteErrorCode.UNKNOWN_ERROR
        ? code
        : SQLiteErrorCode.getErrorCode(code.code & PRIMARY_CODE_MASK);
  }

  /**
   * Returns a more specific fault if the disk of {@code file} shows one: it is full or read-only;
   * else {@code otherwise}.
   */
  static StorageFault refine(Path file, StorageFault otherwise) {
    try {
      FileStore disk = Files.getFileStore(file.toAbsolutePath().getParent());
      if (disk.isReadOnly() || (Files.exists(file) && !Files.isWritable(file))) {
        return READ_ONLY;
      }
      return isFull(disk) ? DISK_FULL : otherwise;
    } catch (IOException e) {
      return otherwise;
    }
  }

  /** Returns whether almost no space is left on the disk of {@code file}. */
  static boolean isDiskFull(Path file) throws IOException {
    return isFull(Files.getFileStore(file.toAbsolutePath().getParent()));
  }

  private static boolean isFull(FileStore disk) throws IOException {
    boolean sizeKnown = disk.getTotalSpace() > 0;
    return sizeKnown && disk.getUsableSpace() < MIN_USABLE_BYTES;
  }

  /** Returns what is wrong with {@code file} and how to fix it, for the operator. */
  String advice(Path file) {
    return switch (this) {
      case DISK_FULL ->
          "the disk that holds " + file + " is full: free some space and start the tower again";
      case READ_ONLY ->
          file
              + " cannot be written: it or its file system is read-only (systems remount it so"
              + " after an I/O error, see their log). Make it writable for the tower's user and"
              + " start the tower again";
      case IO_ERROR ->
          "the disk that holds "
              + file
              + " fails (I/O error): see the system's log, repair or"
              + " replace the disk and start the tower again";
      case CANNOT_OPEN ->
          file
              + " cannot be opened: check its folder, owner and permissions, and start the tower"
              + " again";
      case NOT_A_DATABASE ->
          file + " is not a database: if another file has replaced it, put the right one back";
      case DAMAGED ->
          file
              + " is damaged. Do not start the tower on it again: copy it with its -wal, then"
              + " repair it (sqlite3's .recover) or put a good copy in its place; see \"A damaged"
              + " database\" in docs/running.md";
      case COMMITS_LOST ->
          "restore the right files of " + file + "; see \"Lost commits\" in docs/running.md";
      case NOT_DURABLE, LEASE_LOST ->
          throw new IllegalStateException("only servers have this fault");
    };
  }
}
