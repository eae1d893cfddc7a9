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

/** The users' table. Each method is a part of its caller's transaction. */
public final class UsersDBM {

  private static final String COLUMNS =
      "user_id, dialect, available_slots, subscription_start, subscription_expiry, reserved_slots,"
          + " key_usage";

  /** The user, if registered. */
  public Optional<UserRecord> load(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT " + COLUMNS + " FROM users WHERE user_id = ?<lock>")
        .bind(0, user.bytes())
        .map(UsersDBM::user)
        .findOne();
  }

  /** Those of {@code ids} that are registered. */
  public List<UserRecord> load(Handle handle, Collection<PublicKey> ids) {
    return Queries.inChunks(
        handle,
        "SELECT " + COLUMNS + " FROM users WHERE user_id IN (%s) ORDER BY user_id<lock>",
        ids,
        query -> query.map(UsersDBM::user).list());
  }

  /** Stores how many slots each of {@code changed} has left, the usage and the dialect. */
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
   * Takes {@code slots} from those that a user holds.
   *
   * @return false if there is no such user
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

  /** Stores a user; false if there is one already, who stays as is. */
  public boolean insert(Handle handle, UserRecord user) {
    return store(handle, user, " ON CONFLICT (user_id) DO NOTHING") == 1;
  }

  /** Stores a user, in the place of what was known of them. */
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

  /** The slots that all users have left. */
  public long countSlots(Handle handle) {
    return handle
        .createQuery("SELECT COALESCE(SUM(available_slots), 0) FROM users")
        .mapTo(Long.class)
        .one();
  }

  /** Up to {@code limit} users whose subscription ended at {@code height} or before. */
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
   * Up to {@code limit} users registered at {@code height} or before that have never signed
   * anything.
   */
  public List<UserRecord> unusedSince(Handle handle, long height, int limit) {
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

  /** Forgets users, and notes that their appointments are left to be deleted. */
  public void makeOutdated(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "INSERT INTO outdated_users (user_id) VALUES (?)", ids);
    delete(handle, ids);
  }

  /** Forgets users that have no appointments. */
  public void delete(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "DELETE FROM users WHERE user_id = ?", ids);
  }

  /** Up to {@code limit} users that are forgotten, and whose appointments are not all deleted. */
  public List<PublicKey> outdated(Handle handle, int limit) {
    return handle
        .createQuery("SELECT user_id FROM outdated_users ORDER BY user_id LIMIT ?<lock>")
        .bind(0, limit)
        .map(UsersDBM::id)
        .list();
  }

  /** Whether a user is one of those. */
  public boolean isOutdated(Handle handle, PublicKey id) {
    return handle
        .createQuery("SELECT 1 FROM outdated_users WHERE user_id = ?<lock>")
        .bind(0, id.bytes())
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /** Notes that nothing is left of users. */
  public void forgetOutdated(Handle handle, Collection<PublicKey> ids) {
    executeEach(handle, "DELETE FROM outdated_users WHERE user_id = ?", ids);
  }

  private static void executeEach(Handle handle, String sql, Collection<PublicKey> ids) {
    try (PreparedBatch batch = handle.prepareBatch(sql)) {
      ids.forEach(id -> batch.bind(0, id.bytes()).add());
      batch.execute();
    }
  }

  /** The height at which the first of all subscriptions ends. */
  public Optional<Long> earliestExpiry(Handle handle) {
    return handle
        .createQuery("SELECT subscription_expiry FROM users ORDER BY subscription_expiry LIMIT 1")
        .mapTo(Long.class)
        .findOne();
  }

  /** Up to {@code limit} users, in the order of their ids, that come after {@code after}. */
  public List<PublicKey> ids(Handle handle, Optional<PublicKey> after, int limit) {
    return handle
        .createQuery("SELECT user_id FROM users WHERE user_id > ? ORDER BY user_id LIMIT ?")
        .bind(0, after.map(PublicKey::bytes).orElse(new byte[0]))
        .bind(1, limit)
        .map(UsersDBM::id)
        .list();
  }

  /** How many users there are. */
  public long count(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM users").mapTo(Long.class).one();
  }

  private static PublicKey id(ResultSet row, StatementContext context) throws SQLException {
    return PublicKey.ofTrusted(row.getBytes("user_id"));
  }

  /** Code in the column {@code dialect}. */
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
