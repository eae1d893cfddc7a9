package teos.tower.store;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jdbi.v3.core.Handle;
import teos.protocol.Locator;
import teos.tower.database.Database;

/**
 * Loads the locators of all appointments, their earlier versions and trackers for {@link
 * LocatorFilter}.
 */
final class LocatorFilterLoader implements LocatorFilter.Source {

  private static final int BATCH_SIZE = 5_000;

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

  /** Adds the locators of trackers, too, because a tracker may outlive its appointment. */
  @Override
  public void addAllTo(LocatorFilter.Generation generation) {
    addAllTo(generation, "appointments");
    addAllTo(generation, "trackers");
    addAllTo(generation, "appointment_versions");
  }

  private void addAllTo(LocatorFilter.Generation generation, String table) {
    Optional<Locator> after = Optional.empty();
    do {
      long start = System.nanoTime();
      byte[] from = after.map(Locator::bytes).orElse(Queries.EMPTY_KEY);
      // In batches: a long read keeps the database from truncating its log.
      String batch = database.read(handle -> locatorsAfter(handle, table, from));
      after = addTo(generation, batch);
      LockSupport.parkNanos(System.nanoTime() - start); // leave half of the time to others
    } while (after.isPresent());
  }

  /**
   * Returns the next locators in hex, concatenated: one text is much cheaper than thousands of
   * rows.
   */
  private String locatorsAfter(Handle handle, String table, byte[] after) {
    return handle
        .createQuery(
            "SELECT "
                + database.hexOfAll("locator")
                + " FROM (SELECT locator FROM "
                + table
                + " WHERE locator > ? ORDER BY locator LIMIT ?) AS batch")
        .bind(0, after)
        .bind(1, BATCH_SIZE)
        .mapTo(String.class)
        .findOne()
        .orElse("");
  }

  /** Adds the locators; returns the last one, empty if there was none. */
  private static Optional<Locator> addTo(LocatorFilter.Generation generation, String hex) {
    Optional<Locator> last = Optional.empty();
    for (int at = 0; at < hex.length(); at += 2 * Locator.LENGTH) {
      Locator locator = new Locator(HexFormat.of().parseHex(hex, at, at + 2 * Locator.LENGTH));
      generation.add(locator);
      last = Optional.of(locator);
    }
    return last;
  }
}
