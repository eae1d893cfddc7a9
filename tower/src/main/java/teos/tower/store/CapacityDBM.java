package teos.tower.store;

import java.util.List;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/**
 * The row that says how many slots all users and sessions hold, and who holds them. Each method is
 * a part of its caller's transaction. The row is locked last of all that a transaction locks.
 */
public final class CapacityDBM {

  /**
   * A user and the slots that the user holds.
   *
   * @param reserved slots, free ones and those that stored appointments take
   * @param free of these
   */
  public record Holder(PublicKey user, long reserved, long free) {}

  /** Returns the slots that are reserved, as the caller's transaction sees them. */
  public long reserved(Handle handle) {
    return handle.createQuery("SELECT reserved FROM capacity<lock>").mapTo(Long.class).one();
  }

  /** Reserves {@code slots} more, or fewer where that is negative. */
  public void add(Handle handle, long slots) {
    if (slots != 0) {
      handle.execute("UPDATE capacity SET reserved = reserved + ?", slots);
    }
  }

  /** Counts again what everybody holds: after users and appointments were stored without it. */
  public void recount(Handle handle) {
    handle.execute(
        "UPDATE users SET reserved_slots = available_slots + (SELECT COALESCE(SUM(CASE WHEN"
            + " length(a.encrypted_blob) < 2048 THEN 1 ELSE (length(a.encrypted_blob) + 2047) /"
            + " 2048 END), 0) FROM appointments a WHERE a.user_id = users.user_id)");
    handle.execute(
        "UPDATE users SET reserved_slots = reserved_slots + (SELECT COALESCE(SUM(t.slots), 0)"
            + " FROM trackers t WHERE t.user_id = users.user_id AND NOT EXISTS (SELECT 1 FROM"
            + " appointments a WHERE a.locator = t.locator AND a.user_id = t.user_id))"
            + " WHERE user_id IN (SELECT user_id FROM trackers WHERE slots > 0)");
    handle.execute(
        "UPDATE capacity SET reserved = (SELECT COALESCE(SUM(reserved_slots), 0) FROM users)"
            + " + (SELECT COALESCE(SUM(max_updates), 0) FROM sessions WHERE lapsed = 0)");
  }

  /** Returns the {@code limit} users that hold most. */
  public List<Holder> topHolders(Handle handle, int limit) {
    return handle
        .createQuery(
            "SELECT user_id, reserved_slots, available_slots FROM users"
                + " ORDER BY reserved_slots DESC LIMIT ?")
        .bind(0, limit)
        .map(
            (row, context) ->
                new Holder(PublicKey.ofTrusted(row.getBytes(1)), row.getLong(2), row.getLong(3)))
        .list();
  }
}
