package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;

/** Table of lnd clients' sessions. Each method is part of its caller's transaction. */
public final class SessionsDBM {

  private static final String COLUMNS =
      "user_id, blob_type, max_updates, reward_base, reward_rate, reward_script, sweep_fee_rate,"
          + " last_applied, client_last_applied, start_block, stored, lapsed";

  /** Returns the session {@code id}. */
  public Optional<SessionRecord> load(Handle handle, PublicKey id) {
    return handle
        .createQuery("SELECT " + COLUMNS + " FROM sessions WHERE user_id = ?<lock>")
        .bind(0, id.bytes())
        .map(SessionsDBM::session)
        .findOne();
  }

  /** Returns the sessions among {@code ids}. */
  public List<SessionRecord> load(Handle handle, Collection<PublicKey> ids) {
    return Queries.inChunks(
        handle,
        "SELECT " + COLUMNS + " FROM sessions WHERE user_id IN (%s) ORDER BY user_id<lock>",
        ids,
        query -> query.map(SessionsDBM::session).list());
  }

  /** Stores a session or replaces it. */
  public void store(Handle handle, SessionRecord session) {
    handle.execute(
        "INSERT INTO sessions ("
            + COLUMNS
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (user_id) DO UPDATE SET blob_type = excluded.blob_type,"
            + " max_updates = excluded.max_updates, reward_base = excluded.reward_base,"
            + " reward_rate = excluded.reward_rate, reward_script = excluded.reward_script,"
            + " sweep_fee_rate = excluded.sweep_fee_rate,"
            + " last_applied = excluded.last_applied,"
            + " client_last_applied = excluded.client_last_applied,"
            + " start_block = excluded.start_block, stored = excluded.stored,"
            + " lapsed = excluded.lapsed",
        session.id().bytes(),
        session.policy().type().bits(),
        session.maxUpdates(),
        session.policy().rewardBase(),
        session.policy().rewardRate(),
        session.rewardScript(),
        session.policy().sweepFeeRate(),
        session.lastApplied(),
        session.clientLastApplied(),
        session.startBlock(),
        session.stored(),
        session.lapsed() ? 1 : 0);
  }

  /** Updates the sequence numbers and counts of {@code changed}. */
  public void updateApplied(Handle handle, Collection<SessionRecord> changed) {
    try (PreparedBatch batch =
        handle.prepareBatch(
            "UPDATE sessions SET last_applied = ?, client_last_applied = ?, stored = ?,"
                + " lapsed = 0"
                + " WHERE user_id = ?")) {
      for (SessionRecord session : changed) {
        batch
            .bind(0, session.lastApplied())
            .bind(1, session.clientLastApplied())
            .bind(2, session.stored())
            .bind(3, session.id().bytes())
            .add();
      }
      batch.execute();
    }
  }

  /** Deletes a session, but not its updates; returns false if there was none. */
  public boolean delete(Handle handle, PublicKey id) {
    return handle.execute("DELETE FROM sessions WHERE user_id = ?", (Object) id.bytes()) == 1;
  }

  /**
   * Marks the oldest sessions without updates as lapsed.
   *
   * @param height latest height at which they were opened
   * @param limit most sessions
   * @return how many slots were reserved for them
   */
  public long lapseUnused(Handle handle, long height, int limit) {
    return sum(
        handle
            .createQuery(
                "UPDATE sessions SET lapsed = 1 WHERE last_applied = 0 AND lapsed = 0"
                    + " AND user_id IN (SELECT user_id FROM sessions WHERE last_applied = 0"
                    + " AND lapsed = 0 AND start_block <= ? ORDER BY start_block LIMIT ?)"
                    + " RETURNING max_updates")
            .bind(0, height)
            .bind(1, limit));
  }

  /**
   * Deletes the oldest sessions without updates.
   *
   * @param height latest height at which they were opened
   * @param limit most sessions
   * @return how many slots were reserved for them
   */
  public long deleteUnused(Handle handle, long height, int limit) {
    return sum(
        handle
            .createQuery(
                "DELETE FROM sessions WHERE last_applied = 0"
                    + " AND user_id IN (SELECT user_id FROM sessions WHERE last_applied = 0"
                    + " AND start_block <= ? ORDER BY start_block LIMIT ?)"
                    + " RETURNING CASE WHEN lapsed = 0 THEN max_updates ELSE 0 END")
            .bind(0, height)
            .bind(1, limit));
  }

  private static long sum(Query query) {
    return query.mapTo(Long.class).list().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the number of sessions. */
  public long count(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM sessions").mapTo(Long.class).one();
  }

  /** Returns up to {@code limit} sessions with ids after {@code after}, in ascending order. */
  public List<SessionRecord> page(Handle handle, Optional<PublicKey> after, int limit) {
    return handle
        .createQuery(
            "SELECT " + COLUMNS + " FROM sessions WHERE user_id > ? ORDER BY user_id LIMIT ?")
        .bind(0, after.map(PublicKey::bytes).orElse(Queries.EMPTY_KEY))
        .bind(1, limit)
        .map(SessionsDBM::session)
        .list();
  }

  private static SessionRecord session(ResultSet row, StatementContext context)
      throws SQLException {
    return new SessionRecord(
        PublicKey.ofTrusted(row.getBytes("user_id")),
        new JusticePolicy(
            new BlobType(row.getInt("blob_type")),
            row.getLong("reward_base"),
            row.getLong("reward_rate"),
            row.getLong("sweep_fee_rate")),
        row.getBytes("reward_script"),
        row.getInt("max_updates"),
        row.getInt("last_applied"),
        row.getInt("client_last_applied"),
        row.getLong("start_block"),
        row.getInt("stored"),
        row.getInt("lapsed") != 0);
  }
}
