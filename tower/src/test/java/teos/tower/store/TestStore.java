package teos.tower.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import teos.testkit.TestDatabase;
import teos.tower.database.Database;
import teos.tower.database.PostgresAddress;

/** Opens the database of a test, of the kind that the tests run on. */
public final class TestStore {

  /** A transaction with one input and one output, raw. */
  public static final byte[] TRANSACTION =
      HexFormat.of()
          .parseHex(
              "0200000001" + "11".repeat(32) + "0000000000ffffffff01e8030000000000000000000000");

  private TestStore() {}

  /** Stores a tracker whose dispute and penalty are {@link #TRANSACTION}. */
  public static boolean storeTracker(Handle handle, Tracker tracker) {
    return !new TrackersDBM()
        .store(handle, List.of(new NewTracker(tracker, TRANSACTION, TRANSACTION)))
        .isEmpty();
  }

  /** The database that belongs to {@code file}: SQLite's in it, or one of a PostgreSQL server. */
  public static Database open(Path file) throws IOException, InterruptedException {
    return open(file, step -> {});
  }

  public static Database open(Path file, Consumer<String> migrating)
      throws IOException, InterruptedException {
    return TestDatabase.isPostgres()
        ? Database.open(new PostgresAddress(TestDatabase.url(file), "", ""), migrating)
        : Database.open(file, migrating);
  }
}
