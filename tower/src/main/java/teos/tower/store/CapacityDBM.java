package teos.tower.store;

import java.util.List;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/**
 * Row with the number of slots that all users and sessions have reserved. Each method is part of
 * its caller's transaction. A transaction locks this row after all others.
 */
public final class CapacityDBM {

  /**
   * User with reserved slots.
   *
   * @param user id of the user
   * @param reserved slots, both free and taken by stored appointments
   * @param free slots not taken by an appointment
   */
  public record SlotHolder(PublicKey user, long reserved, long free) {}

  /** Returns the reserved slots, as the caller's transaction sees them. */
  public long reserved(Handle handle) {
    return handle.createQuery("SELECT reserved FROM capacity<lock>").mapTo(Long.class).one();
  }

  /** Reserves {@code slots} more, or fewer if negative. */
  public void add(Handle handle, long slots) {
    if (slots != 0) {
      handle.execute("UPDATE capacity SET reserved = reserved + ?", slots);
    }
  }

  /**
   * Counts the reserved slots again, after users and appointments were stored without reserving
   * any.
   */
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

  /** Returns the {@code limit} users with the most reserved slots. */
  public List<SlotHolder> topHolders(Handle handle, int limit) {
    return handle
        .createQuery(
            "SELECT user_id, reserved_slots, available_slots FROM users"
                + " ORDER BY reserved_slots DESC LIMIT ?")
        .bind(0, limit)
        .map(
            (row, context) ->
                new SlotHolder(
                    PublicKey.ofTrusted(row.getBytes(1)), row.getLong(2), row.getLong(3)))
        .list();
  }
}
