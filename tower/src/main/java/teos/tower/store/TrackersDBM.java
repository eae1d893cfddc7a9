package teos.tower.store;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Table of trackers. Each method is part of its caller's transaction. Queries that may return many
 * trackers are paged, and do not load their transactions, which are in the tables of {@link
 * TransactionsDBM}.
 */
public final class TrackersDBM {

  /** Rejections up to which a penalty counts as newly rejected. */
  private static final int MAX_NEW_REFUSALS = 3;

  private final TransactionsDBM transactions = new TransactionsDBM();

  /** Returns the tracker of the user's appointment for {@code locator}. */
  public Optional<Tracker> load(Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery(TrackerRow.SELECT + " WHERE locator = ? AND user_id = ?<lock>")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .map(TrackerRow::tracker)
        .findOne();
  }

  /** Returns the trackers of the appointments {@code keys}. */
  public List<Tracker> load(Handle handle, Collection<AppointmentKey> keys) {
    return Queries.inKeyChunks(
        handle,
        TrackerRow.SELECT
            + " WHERE (locator, user_id) IN (VALUES %s) ORDER BY locator, user_id<lock>",
        keys,
        query -> query.map(TrackerRow::tracker).list());
  }

  /** Stores trackers, except those whose appointment has one already; returns the stored ones. */
  public List<NewTracker> store(Handle handle, Collection<NewTracker> trackers) {
    Map<AppointmentKey, NewTracker> fresh = new LinkedHashMap<>();
    trackers.forEach(each -> fresh.putIfAbsent(each.tracker().key(), each));
    load(handle, List.copyOf(fresh.keySet())).forEach(known -> fresh.remove(known.key()));
    if (fresh.isEmpty()) {
      return List.of();
    }
    try (PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO trackers ("
                + TrackerRow.COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
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

  /** Updates a tracker's status, retry, dispute height and slots. */
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

  /** Replaces the penalty of a tracker. */
  public void replacePenalty(Handle handle, Tracker tracker, RawTransaction penalty, int slots) {
    handle.execute(
        "UPDATE trackers SET penalty_txid = ?, slots = ? WHERE locator = ? AND user_id = ?",
        penalty.txid().internal(),
        slots,
        tracker.locator().bytes(),
        tracker.user().bytes());
    transactions.deleteUnneededOutpoints(handle, tracker.penaltyTxid());
    load(handle, tracker.locator(), tracker.user())
        .ifPresent(renewed -> transactions.storePenalty(handle, renewed, penalty.bytes()));
  }

  /** Returns whether there is any tracker; if not, blocks need not be searched for them. */
  public boolean hasAny(Handle handle) {
    return handle.createQuery("SELECT EXISTS (SELECT 1 FROM trackers)").mapTo(Boolean.class).one();
  }

  // Pages: up to a limit of trackers in the order of their keys, starting after a key

  private static List<Tracker> page(
      Handle handle, String where, Optional<AppointmentKey> after, int limit, Object... values) {
    String from = after.isPresent() ? " AND (locator, user_id) > (?, ?)" : "";
    try (Query query =
        handle.createQuery(
            TrackerRow.SELECT
                + " WHERE "
                + where
                + from
                + " ORDER BY locator, user_id LIMIT ?<lock>")) {
      int at = 0;
      for (Object value : values) {
        query.bind(at++, value);
      }
      if (after.isPresent()) {
        query.bind(at++, after.get().locator().bytes());
        query.bind(at++, after.get().user().bytes());
      }
      query.bind(at, limit);
      return query.map(TrackerRow::tracker).list();
    }
  }

  /** Returns a page of all trackers. */
  public List<Tracker> all(Handle handle, Optional<AppointmentKey> after, int limit) {
    return page(handle, "0 = 0", after, limit);
  }

  /** Returns a page of the trackers of the dispute {@code txid}. */
  public List<Tracker> withDispute(
      Handle handle, Txid txid, Optional<AppointmentKey> after, int limit) {
    return page(handle, "dispute_txid = ?", after, limit, txid.internal());
  }

  /** Returns a page of the trackers of the penalty {@code txid}. */
  public List<Tracker> withPenalty(
      Handle handle, Txid txid, Optional<AppointmentKey> after, int limit) {
    return page(handle, "penalty_txid = ?", after, limit, txid.internal());
  }

  /**
   * Returns a page of the trackers whose penalty is neither in a block nor outspent. The plus keeps
   * databases from using the index on statuses, so that no sort is needed.
   */
  public List<Tracker> unsettled(Handle handle, Optional<AppointmentKey> after, int limit) {
    return page(handle, "+status" + TrackerRow.UNSETTLED, after, limit);
  }

  /** Returns a page of the trackers that were confirmed or outspent at {@code height} or below. */
  public List<Tracker> settledUpTo(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(
        handle, "status" + TrackerRow.SETTLED + " AND status_height <= ?", after, limit, height);
  }

  /**
   * Returns a page of the trackers whose dispute is in a block at {@code height} or above, or which
   * such a block settles.
   */
  public List<Tracker> dependingOnBlocksFrom(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(
        handle,
        "(dispute_height >= ? OR (status_height >= ? AND status IN ("
            + TrackerRow.CONFIRMED
            + ", "
            + TrackerRow.OUTSPENT
            + ", "
            + TrackerRow.COMPLETE
            + ")))",
        after,
        limit,
        height,
        height);
  }

  /** Returns a page of the complete trackers whose block is at {@code height} or below. */
  public List<Tracker> completeUpTo(
      Handle handle, int height, Optional<AppointmentKey> after, int limit) {
    return page(
        handle,
        "status = " + TrackerRow.COMPLETE + " AND status_height <= ?",
        after,
        limit,
        height);
  }

  /**
   * Returns trackers whose penalty is due at {@code height}, fairly by user: first one of each
   * user, then a second of each, and so on. Within a round, penalties with fewer rejections come
   * first.
   */
  public List<Tracker> due(Handle handle, int height, int limit) {
    return handle
        .createQuery(
            "SELECT "
                + TrackerRow.COLUMNS
                + " FROM (SELECT trackers.*, ROW_NUMBER() OVER"
                + " (PARTITION BY user_id ORDER BY refusals, locator) AS turn FROM trackers"
                + " WHERE retry_height <= ?) AS waiting"
                + " ORDER BY turn, refusals, locator, user_id LIMIT ?")
        .bind(0, height)
        .bind(1, limit)
        .map(TrackerRow::tracker)
        .list();
  }

  /**
   * Returns the heights, from {@code lowest} on, of disputes whose penalties bitcoind has rejected
   * only a few times so far.
   */
  public List<Integer> heightsOfNewlyRefused(Handle handle, int lowest) {
    return handle
        .createQuery(
            "SELECT DISTINCT dispute_height FROM trackers WHERE status = "
                + TrackerRow.REFUSED
                + " AND refusals <= "
                + MAX_NEW_REFUSALS
                + " AND dispute_height >= ?")
        .bind(0, lowest)
        .mapTo(Integer.class)
        .list();
  }

  /** Returns those of {@code txids} that are penalties. */
  public List<Txid> penaltiesAmong(Handle handle, Collection<Txid> txids) {
    return Queries.inChunks(
        handle,
        "SELECT DISTINCT penalty_txid FROM trackers WHERE penalty_txid IN (%s)",
        txids,
        query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list());
  }

  /**
   * Returns up to {@code limit} disputes that were seen earlier and are now in no block and not in
   * the mempool.
   */
  public List<Txid> missingDisputes(Handle handle, int limit) {
    return handle
        .createQuery(
            "SELECT DISTINCT dispute_txid FROM trackers WHERE status = "
                + TrackerRow.DISPUTE_MISSING
                + " LIMIT ?")
        .bind(0, limit)
        .map((row, context) -> Txid.ofInternal(row.getBytes(1)))
        .list();
  }

  /** Returns those of {@code txids} that are missing disputes. */
  public List<Txid> missingDisputesAmong(Handle handle, Collection<Txid> txids) {
    return Queries.inChunks(
        handle,
        "SELECT DISTINCT dispute_txid FROM trackers WHERE status = "
            + TrackerRow.DISPUTE_MISSING
            + " AND dispute_txid IN (%s)",
        txids,
        query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list());
  }

  /** Deletes a tracker, but not its appointment. */
  public void delete(Handle handle, Tracker tracker) {
    delete(handle, List.of(tracker));
  }

  /** Deletes trackers, but not their appointments. */
  public void delete(Handle handle, Collection<Tracker> trackers) {
    for (Tracker tracker : trackers) {
      byte[] locator = tracker.locator().bytes();
      byte[] user = tracker.user().bytes();
      handle.execute("DELETE FROM tracker_events WHERE locator = ? AND user_id = ?", locator, user);
      handle.execute("DELETE FROM trackers WHERE locator = ? AND user_id = ?", locator, user);
    }
    transactions.deleteUnneeded(handle, trackers);
  }

  /**
   * Deletes up to {@code limit} trackers of {@code users} whose penalty bitcoind has never
   * accepted.
   *
   * @return how many were deleted
   */
  public int abandonSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    List<Tracker> abandoned =
        page(
            handle,
            "status"
                + TrackerRow.ABANDONED_AT_EXPIRY
                + " AND user_id IN ("
                + Queries.placeholders(users.size())
                + ")",
            Optional.empty(),
            limit,
            users.stream().map(PublicKey::bytes).toArray());
    delete(handle, abandoned);
    return abandoned.size();
  }

  /** Returns the number of trackers that respond to a dispute. */
  public long count(Handle handle) {
    return handle
        .createQuery("SELECT COUNT(*) FROM trackers WHERE status" + TrackerRow.ANSWERING)
        .mapTo(Long.class)
        .one();
  }
}
