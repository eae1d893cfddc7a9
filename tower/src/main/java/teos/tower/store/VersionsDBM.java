package teos.tower.store;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import teos.protocol.PublicKey;

/**
 * Table of earlier versions of appointments. Each method is part of its caller's transaction. A
 * user has at most as many rows as slots; then a new row replaces another one.
 */
public final class VersionsDBM {

  /** Returns the stored versions of {@code keys}. */
  public Map<AppointmentKey, AppointmentVersions> load(
      Handle handle, Collection<AppointmentKey> keys) {
    Map<AppointmentKey, AppointmentVersions> found = new HashMap<>();
    Queries.inKeyChunks(
            handle,
            "SELECT locator, user_id, versions FROM appointment_versions"
                + " WHERE (locator, user_id) IN (VALUES %s)",
            keys,
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(
                                AppointmentsDBM.key(row), new AppointmentVersions(row.getBytes(3))))
                    .list())
        .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
    return found;
  }

  /** Returns the stored versions of {@code key}. */
  public AppointmentVersions load(Handle handle, AppointmentKey key) {
    return load(handle, List.of(key)).getOrDefault(key, AppointmentVersions.NONE);
  }

  /**
   * Adds a version of {@code key} that is replaced or deleted.
   *
   * @param before versions stored so far
   * @param signature the user's signature of the version
   * @param startBlock its start block
   */
  public void add(
      Handle handle,
      AppointmentKey key,
      AppointmentVersions before,
      String signature,
      long startBlock) {
    if (before.isEmpty()) {
      makeRoom(handle, key.user());
    }
    handle.execute(
        "INSERT INTO appointment_versions (locator, user_id, versions) VALUES (?, ?, ?)"
            + " ON CONFLICT (locator, user_id) DO UPDATE SET versions = excluded.versions",
        key.locator().bytes(),
        key.user().bytes(),
        before.with(signature, startBlock).toBytes());
  }

  private static void makeRoom(Handle handle, PublicKey user) {
    boolean hasRoom =
        handle.execute(
                "UPDATE users SET versions = versions + 1"
                    + " WHERE user_id = ? AND versions < reserved_slots",
                (Object) user.bytes())
            == 1;
    if (!hasRoom) {
      handle.execute(
          "DELETE FROM appointment_versions WHERE (locator, user_id) IN (SELECT locator, user_id"
              + " FROM appointment_versions WHERE user_id = ? LIMIT 1)",
          (Object) user.bytes());
    }
  }

  /**
   * Deletes up to {@code limit} rows of {@code users}.
   *
   * @return how many were deleted
   */
  public int deleteSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    int deleted = 0;
    for (PublicKey user : users) {
      if (deleted < limit) {
        deleted +=
            handle.execute(
                "DELETE FROM appointment_versions WHERE (locator, user_id) IN (SELECT locator,"
                    + " user_id FROM appointment_versions WHERE user_id = ? LIMIT ?)",
                user.bytes(),
                limit - deleted);
      }
    }
    return deleted;
  }
}
