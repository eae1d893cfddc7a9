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
 * What is wrong with a database that does not get better by itself: someone has to see to it. A
 * PostgreSQL server that is away, full or restarting is none: it is waited for.
 */
public enum StorageFault {
  /** No space is left. */
  DISK_FULL,
  /** The file or its file system may be read only. */
  READ_ONLY,
  /** The disk does not read or write. */
  IO_ERROR,
  /** The file cannot be opened. */
  CANNOT_OPEN,
  /** The file is something else. */
  NOT_A_DATABASE,
  /** SQLite finds that the file is not as it left it. */
  DAMAGED,
  /** The file is an older state than one that receipts were given for. */
  COMMITS_LOST,
  /** The server is set to tell of commits that a crash of it may undo. */
  NOT_DURABLE,
  /** Another process has been elected to watch the chain. */
  LEASE_LOST;

  /** SQLite needs a few pages at a time; where there are fewer, the disk is full. */
  private static final long NEXT_TO_NOTHING_BYTES = 128 * 1024;

  /** In an extended code, the bits of the primary one. */
  private static final int PRIMARY = 0xff;

  /**
   * The fault behind {@code failure} of the database {@code file}; none if it may pass by itself.
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
        return Optional.of(lookedAt(file, CANNOT_OPEN)); // of the file beside it
      }
    }
    return Optional.empty();
  }

  private static @Nullable StorageFault of(SQLiteErrorCode code, Path file) {
    return switch (primary(code)) {
      case SQLITE_FULL -> DISK_FULL;
      case SQLITE_READONLY -> READ_ONLY;
      case SQLITE_IOERR -> lookedAt(file, IO_ERROR);
      case SQLITE_CANTOPEN -> lookedAt(file, CANNOT_OPEN);
      case SQLITE_CORRUPT -> DAMAGED;
      case SQLITE_NOTADB -> NOT_A_DATABASE;
      default -> null;
    };
  }

  /**
   * Whether {@code failure} is of a write for which the disk had no room: SQLite has undone its
   * transaction, the file is as it was, and there may be room the next time. A disk that is full
   * when something is synced is another matter: what it has kept is not known.
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
        : SQLiteErrorCode.getErrorCode(code.code & PRIMARY);
  }

  /** Where it is only known that the disk does not do as told, the disk may show why. */
  static StorageFault lookedAt(Path file, StorageFault otherwise) {
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

  /** Whether next to nothing is left on the disk of {@code file}. */
  static boolean isDiskFull(Path file) throws IOException {
    return isFull(Files.getFileStore(file.toAbsolutePath().getParent()));
  }

  private static boolean isFull(FileStore disk) throws IOException {
    boolean knowsItsSize = disk.getTotalSpace() > 0;
    return knowsItsSize && disk.getUsableSpace() < NEXT_TO_NOTHING_BYTES;
  }

  /** What is wrong with {@code file}, and what to do about it, for the operator. */
  String advice(Path file) {
    return switch (this) {
      case DISK_FULL ->
          "the disk that holds " + file + " is full: free some space and start the tower again";
      case READ_ONLY ->
          file
              + " cannot be written, it or its file system is read-only (systems make it so after"
              + " an I/O error; their log tells): make it writable for the tower's user and start"
              + " the tower again";
      case IO_ERROR ->
          "the disk that holds "
              + file
              + " fails (I/O error): see the system's log, mend or"
              + " replace the disk and start the tower again";
      case CANNOT_OPEN ->
          file
              + " cannot be opened: look at its folder, its owner and permissions, and start the"
              + " tower again";
      case NOT_A_DATABASE ->
          file + " is no database: if another file has taken its place, put the right one back";
      case DAMAGED ->
          file
              + " is damaged. Do not start the tower on it again: copy it with its -wal, then"
              + " repair it (sqlite3's .recover) or put a good copy in its place; see \"A damaged"
              + " database\" in docs/running.md";
      case COMMITS_LOST ->
          "put the right files back in the place of "
              + file
              + "; see \"Lost commits\" in docs/running.md";
      case NOT_DURABLE, LEASE_LOST -> throw new IllegalStateException("said of servers only");
    };
  }
}
