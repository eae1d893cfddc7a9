package teos.tower.store;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jdbi.v3.core.Handle;
import teos.protocol.Locator;
import teos.tower.database.Database;

/** Reads the locators of all appointments, their versions and trackers for the filter in memory. */
final class LocatorFilterLoader implements LocatorFilter.Source {

  private static final int LOCATORS_AT_ONCE = 5_000;

  private final Database database;
  private final LongSupplier appointments;

  /**
   * @param appointments counts the appointments
   */
  LocatorFilterLoader(Database database, LongSupplier appointments) {
    this.database = database;
    this.appointments = appointments;
  }

  @Override
  public void awaitWrites() {
    database.execute(handle -> {});
  }

  @Override
  public long count() {
    return appointments.getAsLong() + count("trackers") + count("appointment_versions");
  }

  private long count(String table) {
    return database.read(
        handle -> handle.createQuery("SELECT COUNT(*) FROM " + table).mapTo(Long.class).one());
  }

  /** A tracker may be left of an appointment that is not there any more. */
  @Override
  public void addAllTo(LocatorFilter.Contents contents) {
    addAllTo(contents, "appointments");
    addAllTo(contents, "trackers");
    addAllTo(contents, "appointment_versions");
  }

  private void addAllTo(LocatorFilter.Contents contents, String table) {
    Optional<Locator> after = Optional.empty();
    do {
      long start = System.nanoTime();
      byte[] from = after.map(Locator::bytes).orElse(Queries.BEFORE_ALL);
      // In pieces: a database that is read for long cannot tidy up behind its writer.
      String piece = database.read(handle -> locatorsAfter(handle, table, from));
      after = addTo(contents, piece);
      LockSupport.parkNanos(System.nanoTime() - start); // half of the time is the others'
    } while (after.isPresent());
  }

  /** In hex, one after the other: a text for thousands of them costs a fraction of their rows. */
  private String locatorsAfter(Handle handle, String table, byte[] after) {
    return handle
        .createQuery(
            "SELECT <"
                + Database.ALL_LOCATORS
                + "> FROM (SELECT locator FROM "
                + table
                + " WHERE locator > ? ORDER BY locator LIMIT ?) AS piece")
        .bind(0, after)
        .bind(1, LOCATORS_AT_ONCE)
        .mapTo(String.class)
        .findOne()
        .orElse("");
  }

  /** The last of them, after which there may be others. */
  private static Optional<Locator> addTo(LocatorFilter.Contents contents, String hex) {
    Optional<Locator> last = Optional.empty();
    for (int at = 0; at < hex.length(); at += 2 * Locator.LENGTH) {
      Locator locator = new Locator(HexFormat.of().parseHex(hex, at, at + 2 * Locator.LENGTH));
      contents.add(locator);
      last = Optional.of(locator);
    }
    return last;
  }
}
