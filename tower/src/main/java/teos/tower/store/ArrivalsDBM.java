package teos.tower.store;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * The table of appointments that front ends have taken, and that who watches has yet to hear of.
 * Each method is a part of its caller's transaction.
 *
 * <p>Each arrival is a row of its own, also of the same appointment: one that comes while an
 * earlier one is being dealt with is not forgotten together with that.
 */
public final class ArrivalsDBM {

  private static final int ID_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock = InstantSource.system();

  /**
   * An appointment that a front end has taken.
   *
   * @param id milliseconds since 1970 (8 bytes), and 8 bytes at random: in their order, the oldest
   *     come first, as far as the clocks of front ends agree
   */
  public record Arrival(byte[] id, AppointmentKey key) {}

  /** Notes {@code arrived}, in the transaction that stores them. */
  public void add(Handle handle, Collection<AppointmentKey> arrived) {
    if (arrived.isEmpty()) {
      return;
    }
    try (PreparedBatch batch =
        handle.prepareBatch("INSERT INTO arrivals (id, locator, user_id) VALUES (?, ?, ?)")) {
      for (AppointmentKey key : arrived) {
        byte[] id =
            ByteBuffer.allocate(ID_BYTES)
                .putLong(clock.millis())
                .putLong(random.nextLong())
                .array();
        batch.bind(0, id).bind(1, key.locator().bytes()).bind(2, key.user().bytes()).add();
      }
      batch.execute();
    }
  }

  /** The id of the last of them, if there is any. */
  public Optional<byte[]> last(Handle handle) {
    return handle
        .createQuery("SELECT id FROM arrivals ORDER BY id DESC LIMIT 1")
        .map((row, context) -> row.getBytes(1))
        .findOne();
  }

  /** Up to {@code limit} of them, up to the one with the id {@code last}. */
  public List<Arrival> first(Handle handle, byte[] last, int limit) {
    return handle
        .createQuery("SELECT id, locator, user_id FROM arrivals WHERE id <= ? ORDER BY id LIMIT ?")
        .bind(0, last)
        .bind(1, limit)
        .map(
            (row, context) ->
                new Arrival(
                    row.getBytes(1),
                    new AppointmentKey(
                        new Locator(row.getBytes(2)), PublicKey.ofTrusted(row.getBytes(3)))))
        .list();
  }

  /** Forgets {@code heard}, and no others of the same appointments. */
  public void delete(Handle handle, Collection<Arrival> heard) {
    if (heard.isEmpty()) {
      return;
    }
    try (PreparedBatch batch = handle.prepareBatch("DELETE FROM arrivals WHERE id = ?")) {
      heard.forEach(arrival -> batch.bind(0, arrival.id()).add());
      batch.execute();
    }
  }
}
