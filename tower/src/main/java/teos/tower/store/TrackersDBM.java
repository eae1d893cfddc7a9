package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Table of trackers. Each method is a part of its caller's transaction. What may be many trackers
 * is read in pages, and without their transactions, which are in {@link TransactionsDBM}'s tables.
 */
public final class TrackersDBM {

  private static final int PENDING = PenaltyStage.PENDING.code();
  private static final int IN_MEMPOOL = PenaltyStage.IN_MEMPOOL.code();
  private static final int REFUSED = PenaltyStage.REFUSED.code();
  private static final int CONFIRMED = PenaltyStage.CONFIRMED.code();
  private static final int DISPUTE_GONE = PenaltyStage.DISPUTE_GONE.code();
  private static final int BEATEN = PenaltyStage.BEATEN.code();
  private static final int COMPLETE = PenaltyStage.COMPLETE.code();

  /** Of those that answer a dispute now, as users see it. */
  static final String ANSWERING = " NOT IN (" + DISPUTE_GONE + ", " + COMPLETE + ")";

  static final String UNSETTLED =
      " IN (" + PENDING + ", " + IN_MEMPOOL + ", " + REFUSED + ", " + DISPUTE_GONE + ")";
  private static final String SETTLED = " IN (" + CONFIRMED + ", " + BEATEN + ")";
  private static final String GIVEN_UP_AT_EXPIRY = " IN (" + REFUSED + ", " + DISPUTE_GONE + ")";

  private static final String COLUMNS =
      "locator, user_id, slots, dispute_txid, dispute_height, penalty_txid, status, status_height,"
          + " status_reason, refusals, retry_height, conflict_txid";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM trackers";

  private static final int NEWLY_REFUSED = 3;
  private final TransactionsDBM transactions = new TransactionsDBM();

  /** The tracker of the user's appointment for {@code locator}. */
  public Optional<Tracker> load(Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery(SELECT + " WHERE locator = ? AND user_id = ?<lock>")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .map(TrackersDBM::tracker)
        .findOne();
  }

  /** The trackers of those of the appointments {@code keys} that have one. */
  public List<Tracker> load(Handle handle, Collection<AppointmentKey> keys) {
    return Queries.ofKeys(
        handle,
        SELECT + " WHERE (locator, user_id) IN (VALUES %s) ORDER BY locator, user_id<lock>",
        keys,
        query -> query.map(TrackersDBM::tracker).list());
  }

  /** Stores trackers, and returns those for whose appointments there was none. */
  public List<NewTracker> store(Handle handle, Collection<NewTracker> trackers) {
    Map<AppointmentKey, NewTracker> fresh = new LinkedHashMap<>();
    trackers.forEach(each -> fresh.putIfAbsent(each.tracker().key(), each));
    load(handle, List.copyOf(fresh.keySet())).forEach(known -> fresh.remove(known.key()));
    if (fresh.isEmpty()) {
      return List.of();
    }
    try (PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO trackers (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (NewTracker each : fresh.values()) {
        Tracker tracker = each.tracker();
        batch
            .bind(0, tracker.locator().bytes())
            .bind(1, tracker.user().bytes())
            .bind(2, tracker.slots())
            .bind(3, tracker.disputeTxid().internal())
            .bind(4, orNull(tracker.disputeHeight()))
            .bind(5, tracker.penaltyTxid().internal())
            .bind(6, PenaltyStage.of(tracker.status()).code())
            .bind(7, tracker.status().height())
            .bind(8, PenaltyStage.reason(tracker.status()))
            .bind(9, tracker.retry().refusals())
            .bind(10, orNull(tracker.retry().dueAt()))
            .bind(11, tracker.retry().conflict().map(Txid::internal).orElse(null))
            .add();
      }
      batch.execute();
    }
    transactions.store(handle, fresh.values());
    return List.copyOf(fresh.values());
  }

  /** Updates how far a penalty has come, when it is sent again, where its dispute is, its slots. */
  public void update(Handle handle, Tracker tracker) {
    handle
        .createUpdate(
            "UPDATE trackers SET status = ?, status_height = ?, status_reason = ?,"
                + " dispute_height = ?, slots = ?, refusals = ?, retry_height = ?,"
                + " conflict_txid = ? WHERE locator = ? AND user_id = ?")
        .bind(0, PenaltyStage.of(tracker.status()).code())
        .bind(1, tracker.status().height())
        .bind(2, PenaltyStage.reason(tracker.status()))
        .bind(3, orNull(tracker.disputeHeight()))
        .bind(4, tracker.slots())
        .bind(5, tracker.retry().refusals())
        .bind(6, orNull(tracker.retry().dueAt()))
        .bind(7, tracker.retry().conflict().map(Txid::internal).orElse(null))
        .bind(8, tracker.locator().bytes())
        .bind(9, tracker.user().bytes())
        .execute();
  }

  private static @Nullable Integer orNull(OptionalInt height) {
    return height.isPresent() ? height.getAsInt() : null;
  }

  /** Puts another penalty in the place of a tracker's. */
  public void renewPenalty(Handle handle, Tracker tracker, RawTransaction penalty, int slots) {
    handle.execute(
        "UPDATE trackers SET penalty_txid = ?, slots = ? WHERE locator = ? AND user_id = ?",
        penalty.txid().internal(),
        slots,
        tracker.locator().bytes(),
        tracker.user().bytes());
    transactions.forgetOutpoints(handle, tracker.penaltyTxid());
    load(handle, tracker.locator(), tracker.user())
        .ifPresent(renewed -> transactions.storePenalty(handle, renewed, penalty.bytes()));
  }

  /** Whether there is any tracker: if not, blocks need not be looked through for them. */
  public boolean any(Handle handle) {
    return handle.createQuery("SELECT EXISTS (SELECT 1 FROM trackers)").mapTo(Boolean.class).one();
  }

  // Pages: up to a limit of trackers in the order of their keys, from the first one after a key on

  private static List<Tracker> page(
      Handle handle, String where, Optional<AppointmentKey> after, int limit, Object... values) {
    String from = after.isPresent() ? " AND (locator, user_id) > (?, ?)" : "";
    try (Query query =
        handle.createQuery(
            SELECT + " WHERE " + where + from + " ORDER BY locator, user_id LIMIT ?<lock>")) {
      int at = 0;
      for (Object value : values) {
        query.bind(at++, value);
      }
      if (after.isPresent()) {
        query.bind(at++, after.get().locator().bytes());
        query.bind(at++, after.get().user().bytes());
      }
      query.bind(at, limit);
      return query.map(TrackersDBM::tracker).list();
    }
  }

  /** All trackers. */
  public List<Tracker> all(Handle handle, Optional<AppointmentKey> after, int limit) {
    return page(handle, "0 = 0", after, limit);
  }

  /** Trackers of the dispute {@code txid}. */
  public List<Tracker> withDispute(
      Handle handle, Txid txid, Optional<AppointmentKey> after, int limit) {
    return page(handle, "dispute_txid = ?", after, limit, txid.internal());
  }

  /** Trackers of the penalty {@code txid}. */
  public List<Tracker> withPenalty(
      Handle handle, Txid txid, Optional<AppointmentKey> after, int limit) {
    return page(handle, "penalty_txid = ?", after, limit, txid.internal());
  }

  /**
   * Trackers whose penalty is in no block, and has not been beaten by another. In the order of
   * their keys without sorting: the plus keeps databases from going by the index of statuses.
   */
  public List<Tracker> unsettled(Handle handle, Optional<AppointmentKey> after, int limit) {
    return page(handle, "+status" + UNSETTLED, after, limit);
  }

  /** Trackers that are confirmed or beaten in a block at {@code height} or under it. */
  public List<Tracker> settledAtOrUnder(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(handle, "status" + SETTLED + " AND status_height <= ?", after, limit, height);
  }

  /** Trackers of which a block at {@code height} or over it has the dispute, or settles them. */
  public List<Tracker> restingOnBlocksFrom(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(
        handle,
        "(dispute_height >= ? OR (status_height >= ? AND status IN ("
            + CONFIRMED
            + ", "
            + BEATEN
            + ", "
            + COMPLETE
            + ")))",
        after,
        limit,
        height,
        height);
  }

  /** Trackers that are complete in a block at {@code height} or under it. */
  public List<Tracker> completeAtOrUnder(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(handle, "status = " + COMPLETE + " AND status_height <= ?", after, limit, height);
  }

  /**
   * Trackers whose penalty is due at {@code height}, users in turn: first one of each user, then
   * another of each. Of those whose turn is the same, the ones that were refused least come first.
   */
  public List<Tracker> due(Handle handle, int height, int limit) {
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM (SELECT trackers.*, ROW_NUMBER() OVER"
                + " (PARTITION BY user_id ORDER BY refusals, locator) AS turn FROM trackers"
                + " WHERE retry_height <= ?) AS waiting"
                + " ORDER BY turn, refusals, locator, user_id LIMIT ?")
        .bind(0, height)
        .bind(1, limit)
        .map(TrackersDBM::tracker)
        .list();
  }

  /**
   * Heights, from {@code lowest} on, of disputes whose penalties were refused within the last
   * blocks for the first time.
   */
  public List<Integer> disputesNewlyRefused(Handle handle, int lowest) {
    return handle
        .createQuery(
            "SELECT DISTINCT dispute_height FROM trackers WHERE status = "
                + REFUSED
                + " AND refusals <= "
                + NEWLY_REFUSED
                + " AND dispute_height >= ?")
        .bind(0, lowest)
        .mapTo(Integer.class)
        .list();
  }

  /** Those of {@code txids} that are penalties. */
  public List<Txid> penaltiesAmong(Handle handle, Collection<Txid> txids) {
    return Queries.inChunks(
        handle,
        "SELECT DISTINCT penalty_txid FROM trackers WHERE penalty_txid IN (%s)",
        txids,
        query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list());
  }

  /** Up to {@code limit} of the disputes that were there, and are in no block and no mempool. */
  public List<Txid> goneDisputes(Handle handle, int limit) {
    return handle
        .createQuery(
            "SELECT DISTINCT dispute_txid FROM trackers WHERE status = "
                + DISPUTE_GONE
                + " LIMIT ?")
        .bind(0, limit)
        .map((row, context) -> Txid.ofInternal(row.getBytes(1)))
        .list();
  }

  /**
   * Those of {@code txids} that are disputes which were there, and are in no block and no mempool.
   */
  public List<Txid> goneAmong(Handle handle, Collection<Txid> txids) {
    return Queries.inChunks(
        handle,
        "SELECT DISTINCT dispute_txid FROM trackers WHERE status = "
            + DISPUTE_GONE
            + " AND dispute_txid IN (%s)",
        txids,
        query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list());
  }

  // Deletion

  /** Forgets a tracker, and leaves its appointment. */
  public void delete(Handle handle, Tracker tracker) {
    delete(handle, List.of(tracker));
  }

  /** Forgets trackers, and leaves their appointments. */
  public void delete(Handle handle, Collection<Tracker> gone) {
    for (Tracker tracker : gone) {
      byte[] locator = tracker.locator().bytes();
      byte[] user = tracker.user().bytes();
      handle.execute("DELETE FROM tracker_events WHERE locator = ? AND user_id = ?", locator, user);
      handle.execute("DELETE FROM trackers WHERE locator = ? AND user_id = ?", locator, user);
    }
    transactions.forget(handle, gone);
  }

  /**
   * Forgets up to {@code limit} of those trackers of {@code users} whose penalty bitcoind has never
   * taken.
   *
   * @return how many were forgotten
   */
  public int giveUpSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    List<Tracker> given =
        page(
            handle,
            "status" + GIVEN_UP_AT_EXPIRY + " AND user_id IN (" + Queries.marks(users.size()) + ")",
            Optional.empty(),
            limit,
            users.stream().map(PublicKey::bytes).toArray());
    delete(handle, given);
    return given.size();
  }

  // Overview

  /** How many disputes are being answered. */
  public long count(Handle handle) {
    return handle
        .createQuery("SELECT COUNT(*) FROM trackers WHERE status" + ANSWERING)
        .mapTo(Long.class)
        .one();
  }

  /** How many of these have an appointment still: a subscription may have ended meanwhile. */
  public long countWithAppointments(Handle handle) {
    return handle
        .createQuery(
            "SELECT COUNT(*) FROM trackers t WHERE t.status"
                + ANSWERING
                + " AND EXISTS (SELECT 1 FROM appointments a"
                + " WHERE a.locator = t.locator AND a.user_id = t.user_id)")
        .mapTo(Long.class)
        .one();
  }

  /**
   * Shows {@code visitor} trackers in the order of their keys, as {@link
   * WatchedAppointmentsDBM#visitWatched} does: those that answer a dispute now, and where it is for
   * one locator only, those that are complete as well.
   */
  public boolean visit(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<Tracker> visitor) {
    String shown = only.isPresent() ? " <> " + DISPUTE_GONE : ANSWERING;
    return Queries.visit(
        handle,
        SELECT + " WHERE status" + shown + " AND ",
        after,
        only,
        query -> query.map(TrackersDBM::tracker).iterator(),
        visitor);
  }

  /** The {@code limit} trackers whose disputes were seen last, the newest first. */
  List<Tracker> newest(Handle handle, int limit) {
    return handle
        .createQuery(
            SELECT
                + " JOIN (SELECT locator AS l, user_id AS u, seconds AS seen FROM tracker_events"
                + " WHERE number = 1 ORDER BY seconds DESC LIMIT ?) AS first_events"
                + " ON locator = l AND user_id = u ORDER BY seen DESC, locator, user_id")
        .bind(0, limit)
        .map(TrackersDBM::tracker)
        .list();
  }

  private static Tracker tracker(ResultSet row, StatementContext context) throws SQLException {
    byte[] conflict = row.getBytes("conflict_txid");
    return new Tracker(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("slots"),
        Txid.ofInternal(row.getBytes("dispute_txid")),
        height(row, "dispute_height"),
        Txid.ofInternal(row.getBytes("penalty_txid")),
        status(row),
        new Retry(
            row.getInt("refusals"),
            height(row, "retry_height"),
            Optional.ofNullable(conflict).map(Txid::ofInternal)));
  }

  private static OptionalInt height(ResultSet row, String column) throws SQLException {
    int height = row.getInt(column);
    return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(height);
  }

  private static PenaltyStatus status(ResultSet row) throws SQLException {
    return PenaltyStage.ofCode(row.getInt("status"))
        .status(row.getInt("status_height"), row.getString("status_reason"));
  }
}
