package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/** Table of users. Each method is part of its caller's transaction. */
public final class UsersDBM {

  private static final String COLUMNS =
      "user_id, dialect, available_slots, subscription_start, subscription_expiry, reserved_slots,"
          + " key_usage";

  /** Returns the user {@code user}. */
  public Optional<UserRecord> load(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT " + COLUMNS + " FROM users WHERE user_id = ?<lock>")
        .bind(0, user.bytes())
        .map(UsersDBM::user)
        .findOne();
  }

  /** Returns the users among {@code ids} that are registered. */
  public List<UserRecord> load(Handle handle, Collection<PublicKey> ids) {
    return Queries.inChunks(
        handle,
        "SELECT " + COLUMNS + " FROM users WHERE user_id IN (%s) ORDER BY user_id<lock>",
        ids,
        query -> query.map(UsersDBM::user).list());
  }

  /** Stores slots, usage and dialect of {@code changed}. */
  public void update(Handle handle, Collection<UserRecord> changed) {
    try (PreparedBatch batch =
        handle.prepareBatch(
            "UPDATE users SET available_slots = ?, key_usage = ?, dialect = ? WHERE user_id = ?")) {
      for (UserRecord user : changed) {
        batch
            .bind(0, user.availableSlots())
            .bind(1, user.usage().code())
            .bind(2, code(user.dialect()))
            .bind(3, user.id().bytes())
            .add();
      }
      batch.execute();
    }
  }

  /**
   * Takes {@code slots} from the reserved slots of a user.
   *
   * @return false if there is no such user, or the user has fewer reserved
   */
  public boolean forfeit(Handle handle, PublicKey user, long slots) {
    return handle.execute(
            "UPDATE users SET reserved_slots = reserved_slots - ?"
                + " WHERE user_id = ? AND reserved_slots >= ?",
            slots,
            user.bytes(),
            slots)
        == 1;
  }

  /** Stores a new user; returns false, and changes nothing, if the user exists. */
  public boolean insert(Handle handle, UserRecord user) {
    return store(handle, user, " ON CONFLICT (user_id) DO NOTHING") == 1;
  }

  /** Stores a user or replaces it. */
  public void store(Handle handle, UserRecord user) {
    store(
        handle,
        user,
        " ON CONFLICT (user_id) DO UPDATE SET"
            + " dialect = excluded.dialect, available_slots = excluded.available_slots,"
            + " subscription_start = excluded.subscription_start,"
            + " subscription_expiry = excluded.subscription_expiry,"
            + " reserved_slots = excluded.reserved_slots, key_usage = excluded.key_usage");
  }

  private static int store(Handle handle, UserRecord user, String onConflict) {
    return handle
        .createUpdate(
            "INSERT INTO users (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?)" + onConflict)
        .bind(0, user.id().bytes())
        .bind(1, code(user.dialect()))
        .bind(2, user.availableSlots())
        .bind(3, user.subscriptionStart())
        .bind(4, user.subscriptionExpiry())
        .bind(5, user.reservedSlots())
        .bind(6, user.usage().code())
        .execute();
  }

  /** Returns the slots that all users together have left. */
  public long sumAvailableSlots(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(SUM(available_slots), 0) FROM users")
        .mapTo(Long.class)
        .one();
  }

  /** Returns up to {@code limit} users whose subscription ended at {@code height} or below. */
  public List<UserRecord> expiredBy(Handle handle, long height, int limit) {
    return handle
        .createQuery(
            "SELECT " + COLUMNS + " FROM users WHERE subscription_expiry <= ? LIMIT ?<lock>")
        .bind(0, height)
        .bind(1, limit)
        .map(UsersDBM::user)
        .list();
  }

  /**
   * Returns up to {@code limit} users registered at {@code height} or below that have signed
   * nothing.
   */
  public List<UserRecord> unusedRegisteredBy(Handle handle, long height, int limit) {
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM users WHERE key_usage < 2 AND subscription_start <= ?"
                + " LIMIT ?<lock>")
        .bind(0, height)
        .bind(1, limit)
        .map(UsersDBM::user)
        .list();
  }

  /** Deletes users, and marks their appointments for deletion. */
  public void markForPurge(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "INSERT INTO outdated_users (user_id) VALUES (?)", ids);
    delete(handle, ids);
  }

  /** Deletes users that have no appointments. */
  public void delete(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "DELETE FROM users WHERE user_id = ?", ids);
  }

  /** Returns up to {@code limit} deleted users whose appointments are not all deleted yet. */
  public List<PublicKey> awaitingPurge(Handle handle, int limit) {
    return handle
        .createQuery("SELECT user_id FROM outdated_users ORDER BY user_id LIMIT ?<lock>")
        .bind(0, limit)
        .map(UsersDBM::id)
        .list();
  }

  /** Returns whether {@code id} is a deleted user whose appointments are not all deleted yet. */
  public boolean isAwaitingPurge(Handle handle, PublicKey id) {
    return handle
        .createQuery("SELECT 1 FROM outdated_users WHERE user_id = ?<lock>")
        .bind(0, id.bytes())
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Records that nothing is left of deleted users. */
  public void finishPurge(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "DELETE FROM outdated_users WHERE user_id = ?", ids);
  }

  private static void executeEach(Handle handle, String sql, Collection<PublicKey> ids) {
    try (PreparedBatch batch = handle.prepareBatch(sql)) {
      ids.forEach(id -> batch.bind(0, id.bytes()).add());
      batch.execute();
    }
  }

  /** Returns the height at which the first subscription ends; empty without users. */
  public Optional<Long> earliestExpiry(Handle handle) {
    return handle
        .createQuery("SELECT subscription_expiry FROM users ORDER BY subscription_expiry LIMIT 1")
        .mapTo(Long.class)
        .findOne();
  }

  /** Returns up to {@code limit} users with ids after {@code after}, in ascending order. */
  public List<PublicKey> ids(Handle handle, Optional<PublicKey> after, int limit) {
    return handle
        .createQuery("SELECT user_id FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?")
        .bind(0, after.map(PublicKey::bytes).orElse(new byte[0]))
        .bind(1, limit)
        .map(UsersDBM::id)
        .list();
  }

  /** Returns the number of users. */
  public long count(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM users").mapTo(Long.class).one();
  }

  private static PublicKey id(ResultSet row, StatementContext context) throws SQLException {
    return PublicKey.ofTrusted(row.getBytes("user_id"));
  }

  /** Returns the code in the column {@code dialect}. */
  private static int code(Dialect dialect) {
    return switch (dialect) {
      case V1 -> 0;
      case V2 -> 1;
    };
  }

  private static UserRecord user(ResultSet row, StatementContext context) throws SQLException {
    return new UserRecord(
        id(row, context),
        row.getInt("dialect") == code(Dialect.V1) ? Dialect.V1 : Dialect.V2,
        row.getLong("available_slots"),
        row.getLong("subscription_start"),
        row.getLong("subscription_expiry"),
        row.getLong("reserved_slots"),
        UserRecord.Usage.ofCode(row.getInt("key_usage")));
  }
}
