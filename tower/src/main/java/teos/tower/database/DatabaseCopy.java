package teos.tower.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;

/**
 * Copies of the database file: makes one while a tower runs, checks it, and lists the files to
 * replace on restore.
 */
public final class DatabaseCopy {

  private DatabaseCopy() {}

  /**
   * Copies everything committed so far. The tower keeps writing meanwhile: it waits only for the
   * disk, but its write-ahead log cannot be truncated until the copy is done.
   *
   * @param copy file that is empty or does not exist
   * @return number of the copy's last commit
   * @throws StorageException if that fails, if the database is damaged, or if it has lost commits
   */
  public static long create(Path database, Path copy) {
    StorageHealth health = new StorageHealth(new Sqlite(database));
    try {
      long counted = CommitCounterFile.read(CommitCounterFile.fileFor(database)).orElse(0);
      try (Handle handle = new Sqlite(database).readOnly().open()) {
        handle.execute("VACUUM INTO ?", copy.toString());
      }
      long copied = requireIntact(copy);
      if (copied < counted) {
        throw new StorageException(
            StorageFault.COMMITS_LOST,
            "the database "
                + database
                + " has lost "
                + (counted - copied)
                + " commits: "
                + StorageFault.COMMITS_LOST.advice(database),
            null);
      }
      return copied;
    } catch (IOException | JdbiException e) {
      throw health.translate("cannot copy the database " + database, e);
    }
  }

  /**
   * Checks all pages of a database that no tower runs on.
   *
   * @return number of its last commit
   * @throws StorageException if it is damaged
   */
  public static long requireIntact(Path database) {
    try (Handle handle = new Sqlite(database).readOnly().open()) {
      String result = handle.createQuery("PRAGMA quick_check(1)").mapTo(String.class).one();
      if (!result.equals("ok")) {
        throw new StorageException(
            StorageFault.DAMAGED, "the database " + database + " is damaged: " + result, null);
      }
      return SqliteCommitWork.storedNumber(handle);
    } catch (JdbiException e) {
      throw new StorageHealth(new Sqlite(database))
          .translate("cannot read the database " + database, e);
    }
  }

  /**
   * Writes to the counter file beside {@code database} that commit {@code number} is its last one.
   *
   * @throws IOException if the file cannot be written
   */
  public static void writeCommitCounter(Path database, long number) throws IOException {
    Path file = CommitCounterFile.fileFor(database);
    Files.deleteIfExists(file);
    try (CommitCounterFile counter = CommitCounterFile.open(file)) {
      counter.write(number);
    }
  }

  /** Returns {@code database} and the files that SQLite and the tower keep beside it. */
  public static List<Path> filesOf(Path database) {
    String name = database.getFileName().toString();
    return List.of(
        database,
        database.resolveSibling(name + "-wal"),
        database.resolveSibling(name + "-shm"),
        CommitCounterFile.fileFor(database));
  }
}
