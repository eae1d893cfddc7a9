package teos.tower.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.protocol.PublicKey;

/**
 * Columns of the table of users that only the operator sees. Each method is part of its caller's
 * transaction.
 */
public final class UserNotesDBM {

  /** Returns the notes of those of {@code ids} that are registered. */
  public Map<PublicKey, UserNotes> load(Handle handle, Collection<PublicKey> ids) {
    Map<PublicKey, UserNotes> found = new HashMap<>();
    Queries.inChunks(
            handle,
            "SELECT user_id, label, COALESCE(last_seen, 0) FROM users WHERE user_id IN (%s)",
            ids,
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(
                                PublicKey.ofTrusted(row.getBytes(1)),
                                notes(row.getString(2), row.getLong(3))))
                    .list())
        .forEach(each -> found.put(each.getKey(), each.getValue()));
    return found;
  }

  private static UserNotes notes(String label, long lastSeen) {
    return new UserNotes(
        label == null ? "" : label,
        lastSeen == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(lastSeen)));
  }

  /**
   * Stores the operator's label for a user; an empty one removes it.
   *
   * @return false if there is no such user
   */
  public boolean setLabel(Handle handle, PublicKey user, String label) {
    return handle
            .createUpdate("UPDATE users SET label = NULLIF(?, '') WHERE user_id = ?")
            .bind(0, label)
            .bind(1, user.bytes())
            .execute()
        == 1;
  }

  /** Stores when users were seen, unless the stored time is less than {@code precision} earlier. */
  public void storeLastSeen(Handle handle, Map<PublicKey, Instant> users, Duration precision) {
    try (PreparedBatch batch =
        handle.prepareBatch(
            "UPDATE users SET last_seen = ?"
                + " WHERE user_id = ? AND (last_seen IS NULL OR last_seen <= ?)")) {
      users.forEach(
          (user, at) ->
              batch
                  .bind(0, at.getEpochSecond())
                  .bind(1, user.bytes())
                  .bind(2, at.minus(precision).getEpochSecond())
                  .add());
      batch.execute();
    }
  }
}
