package teos.tower.store;

import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * The table of appointments that front ends have taken, and that who watches has yet to hear of. Each
 * method is a part of its caller's transaction.
 */
public final class ArrivalsDBM {

  /** Notes {@code arrived}, in the transaction that stores them. */
  public void add(Handle handle, Collection<AppointmentKey> arrived) {
    execute(
        handle,
        "INSERT INTO arrivals (locator, user_id) VALUES (?, ?)"
            + " ON CONFLICT (locator, user_id) DO NOTHING",
        arrived);
  }

  /** Up to {@code limit} of them. */
  public List<AppointmentKey> first(Handle handle, int limit) {
    return handle
        .createQuery("SELECT locator, user_id FROM arrivals LIMIT ?")
        .bind(0, limit)
        .map(
            (row, context) ->
                new AppointmentKey(
                    new Locator(row.getBytes(1)), PublicKey.ofTrusted(row.getBytes(2))))
        .list();
  }

  /** Forgets {@code heard}. */
  public void delete(Handle handle, Collection<AppointmentKey> heard) {
    execute(handle, "DELETE FROM arrivals WHERE locator = ? AND user_id = ?", heard);
  }

  private static void execute(Handle handle, String sql, Collection<AppointmentKey> keys) {
    if (keys.isEmpty()) {
      return;
    }
    try (PreparedBatch batch = handle.prepareBatch(sql)) {
      for (AppointmentKey key : keys) {
        batch.bind(0, key.locator().bytes()).bind(1, key.user().bytes()).add();
      }
      batch.execute();
    }
  }
}
