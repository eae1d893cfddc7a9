package teos.tower.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;

/** Copies of the database in a file, made while a tower runs on it, and put in its place again. */
public final class DatabaseCopy {

  private DatabaseCopy() {}

  /**
   * Copies what has been committed by now. The tower goes on writing meanwhile: it waits for
   * nothing but the disk, and its write-ahead log cannot be made shorter until the copy is done.
   *
   * @param copy a file that is empty or not there
   * @return the number of the copy's last commit
   * @throws StorageException if that cannot be done, the database is damaged or has lost commits
   */
  public static long make(Path database, Path copy) {
    StorageHealth health = new StorageHealth(new Sqlite(database));
    try {
      long marked = CommitCounterFile.read(CommitCounterFile.fileFor(database)).orElse(0);
      try (Handle handle = new Sqlite(database).readOnly().open()) {
        handle.execute("VACUUM INTO ?", copy.toString());
      }
      long copied = requireWhole(copy);
      if (copied < marked) {
        throw new StorageException(
            StorageFault.COMMITS_LOST,
            "the database "
                + database
                + " has lost "
                + (marked - copied)
                + " commits: "
                + StorageFault.COMMITS_LOST.advice(database),
            null);
      }
      return copied;
    } catch (IOException | JdbiException e) {
      throw health.judge("cannot copy the database " + database, e);
    }
  }

  /**
   * Looks through all of a database that no tower runs on.
   *
   * @return the number of its last commit
   * @throws StorageException if it is damaged
   */
  public static long requireWhole(Path database) {
    try (Handle handle = new Sqlite(database).readOnly().open()) {
      String said = handle.createQuery("PRAGMA quick_check(1)").mapTo(String.class).one();
      if (!said.equals("ok")) {
        throw new StorageException(
            StorageFault.DAMAGED, "the database " + database + " is damaged: " + said, null);
      }
      return SqliteCommitWork.storedNumber(handle);
    } catch (JdbiException e) {
      throw new StorageHealth(new Sqlite(database))
          .judge("cannot read the database " + database, e);
    }
  }

  /**
   * Notes beside {@code database} that commit {@code number} is the last that it has had.
   *
   * @throws IOException if that cannot be written
   */
  public static void mark(Path database, long number) throws IOException {
    Path file = CommitCounterFile.fileFor(database);
    Files.deleteIfExists(file);
    try (CommitCounterFile mark = CommitCounterFile.open(file)) {
      mark.write(number);
    }
  }

  /** {@code database} and the files that are beside it while and after a tower runs on it. */
  public static List<Path> filesOf(Path database) {
    String name = database.getFileName().toString();
    return List.of(
        database,
        database.resolveSibling(name + "-wal"),
        database.resolveSibling(name + "-shm"),
        CommitCounterFile.fileFor(database));
  }
}
