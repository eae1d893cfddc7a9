package teos.tower.store;

import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * The table of appointments that front ends have taken, and that who watches has yet to hear of. Each
 * method is a part of its caller's transaction.
 *
 * <p>Each arrival is a row of its own, also of the same appointment: one that comes while an earlier
 * one is being dealt with is not forgotten together with that.
 */
public final class ArrivalsDBM {

  private static final int ID_BYTES = 16;

  private final SecureRandom random = new SecureRandom();

  /**
   * @param id random, 16 bytes
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
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        batch.bind(0, id).bind(1, key.locator().bytes()).bind(2, key.user().bytes()).add();
      }
      batch.execute();
    }
  }

  /** Up to {@code limit} of them. */
  public List<Arrival> first(Handle handle, int limit) {
    return handle
        .createQuery("SELECT id, locator, user_id FROM arrivals LIMIT ?")
        .bind(0, limit)
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
