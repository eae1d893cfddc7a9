package teos.tower.store;

import java.io.IOException;
import java.nio.file.Path;
import teos.testkit.TestDatabase;

/** Opens the database of a test, of the kind that the tests run on. */
public final class TestStore {

  private TestStore() {}

  /** The database that belongs to {@code file}: SQLite's in it, or one of a PostgreSQL server. */
  public static Database open(Path file) throws IOException, InterruptedException {
    return TestDatabase.isPostgres()
        ? Database.open(new PostgresAddress(TestDatabase.url(file), "", ""))
        : Database.open(file);
  }
}
