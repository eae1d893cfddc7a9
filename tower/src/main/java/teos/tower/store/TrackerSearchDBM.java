package teos.tower.store;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Finds trackers by their state, transactions and blocks. Pages have up to a limit of trackers in
 * the order of their keys, starting after a key. Each method is part of its caller's transaction.
 */
public final class TrackerSearchDBM {

  /** Rejections up to which a penalty counts as newly rejected. */
  private static final int MAX_NEW_REFUSALS = 3;

  private static List<Tracker> page(
      Handle handle, String where, Optional<TrackerKey> after, int limit, Object... values) {
    String from = after.isPresent() ? " AND (locator, user_id, member) > (?, ?, ?)" : "";
    try (Query query =
        handle.createQuery(
            TrackerRow.SELECT
                + " WHERE "
                + where
                + from
                + " ORDER BY locator, user_id, member LIMIT ?<lock>")) {
      int at = 0;
      for (Object value : values) {
        query.bind(at++, value);
      }
      if (after.isPresent()) {
        query.bind(at++, after.get().locator().bytes());
        query.bind(at++, after.get().user().bytes());
        query.bind(at++, after.get().member());
      }
      query.bind(at, limit);
      return query.map(TrackerRow::tracker).list();
    }
  }

  /** Returns a page of all trackers. */
  public List<Tracker> all(Handle handle, Optional<TrackerKey> after, int limit) {
    return page(handle, "0 = 0", after, limit);
  }

  /** Returns a page of the trackers of the dispute {@code txid}. */
  public List<Tracker> withDispute(
      Handle handle, Txid txid, Optional<TrackerKey> after, int limit) {
    return page(handle, "dispute_txid = ?", after, limit, txid.internal());
  }

  /** Returns a page of the trackers of the penalty {@code txid}. */
  public List<Tracker> withPenalty(
      Handle handle, Txid txid, Optional<TrackerKey> after, int limit) {
    return page(handle, "penalty_txid = ?", after, limit, txid.internal());
  }

  /** Returns a page of the trackers that wait, or have waited, for the transaction {@code txid}. */
  public List<Tracker> withParent(Handle handle, Txid txid, Optional<TrackerKey> after, int limit) {
    return page(handle, "parent_txid = ?", after, limit, txid.internal());
  }

  /**
   * Returns a page of the appointments that have penalties to choose among: some that have
   * alternatives and are neither settled nor waiting for their parent.
   */
  public List<AppointmentKey> choosing(Handle handle, Optional<AppointmentKey> after, int limit) {
    return handle
        .createQuery(
            "SELECT DISTINCT locator, user_id FROM trackers WHERE status"
                + TrackerRow.CHOOSABLE
                + " AND length(shared_outputs) > 0 AND (locator, user_id) > (?, ?)"
                + " ORDER BY locator, user_id LIMIT ?")
        .bind(0, after.map(key -> key.locator().bytes()).orElse(Queries.EMPTY_KEY))
        .bind(1, after.map(key -> key.user().bytes()).orElse(Queries.EMPTY_KEY))
        .bind(2, limit)
        .map((row, context) -> AppointmentsDBM.key(row))
        .list();
  }

  /**
   * Returns a page of the trackers whose penalty has been broadcast, or must be, and is not in a
   * block. The plus keeps databases from using the index on statuses, so that no sort is needed.
   */
  public List<Tracker> unsettled(Handle handle, Optional<TrackerKey> after, int limit) {
    return page(handle, "+status" + TrackerRow.UNSETTLED, after, limit);
  }

  /**
   * Returns a page with one tracker of each appointment whose penalties are all resolved: settled
   * at {@code settled} or below, or waiting since {@code waiting} or below for a parent. In a
   * bundle, a penalty of a purged user that bitcoind has refused for as long is resolved, too.
   */
  public List<Tracker> resolvedUpTo(
      Handle handle, int settled, int waiting, Optional<TrackerKey> after, int limit) {
    return page(
        handle,
        "(member = 0 OR slots > 0) AND "
            + resolved("trackers")
            + " AND (member = 0 OR NOT EXISTS (SELECT 1 FROM trackers o"
            + " WHERE o.locator = trackers.locator AND o.user_id = trackers.user_id AND NOT "
            + resolved("o")
            + "))",
        after,
        limit,
        settled,
        waiting,
        waiting,
        settled,
        waiting,
        waiting);
  }

  /** Condition on a row of {@code table}; its values are the heights settled, waiting, waiting. */
  private static String resolved(String table) {
    return ("((%1$s.status"
            + TrackerRow.SETTLED
            + " AND %1$s.status_height <= ?) OR (%1$s.status = "
            + TrackerRow.AWAITING_PARENT
            + " AND %1$s.status_height <= ?) OR (%1$s.member > 0 AND %1$s.status"
            + TrackerRow.WAITING
            + " AND %1$s.status_height <= ? AND NOT EXISTS"
            + " (SELECT 1 FROM users u WHERE u.user_id = %1$s.user_id)))")
        .formatted(table);
  }

  /**
   * Returns a page of the trackers whose dispute or parent is in a block at {@code height} or
   * above, or which such a block settles.
   */
  public List<Tracker> dependingOnBlocksFrom(
      Handle handle, int height, Optional<TrackerKey> after, int limit) {
    return page(
        handle,
        "(dispute_height >= ? OR parent_height >= ? OR (status_height >= ? AND (status"
            + TrackerRow.SETTLED
            + " OR status = "
            + TrackerRow.COMPLETE
            + ")))",
        after,
        limit,
        height,
        height,
        height);
  }

  /** Returns a page of the complete trackers whose block is at {@code height} or below. */
  public List<Tracker> completeUpTo(
      Handle handle, int height, Optional<TrackerKey> after, int limit) {
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
   * first. Of alternatives, only those that were chosen are due.
   */
  public List<Tracker> due(Handle handle, int height, int limit) {
    return handle
        .createQuery(
            "SELECT "
                + TrackerRow.COLUMNS
                + " FROM (SELECT trackers.*, ROW_NUMBER() OVER"
                + " (PARTITION BY user_id ORDER BY refusals, locator, member) AS turn FROM trackers"
                + " WHERE retry_height <= ? AND (status"
                + TrackerRow.CHOSEN
                + " OR length(shared_outputs) = 0)) AS waiting"
                + " ORDER BY turn, refusals, locator, user_id, member LIMIT ?")
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

  /** Returns those of {@code txids} that penalties wait, or have waited, for. */
  public List<Txid> parentsAmong(Handle handle, Collection<Txid> txids) {
    return Queries.inChunks(
        handle,
        "SELECT DISTINCT parent_txid FROM trackers WHERE parent_txid IN (%s)",
        txids,
        query -> query.map((row, context) -> Txid.ofInternal(row.getBytes(1))).list());
  }

  /** Returns up to {@code limit} transactions that penalties wait for. */
  public List<Txid> missingParents(Handle handle, int limit) {
    return handle
        .createQuery(
            "SELECT DISTINCT parent_txid FROM trackers WHERE status = "
                + TrackerRow.AWAITING_PARENT
                + " LIMIT ?")
        .bind(0, limit)
        .map((row, context) -> Txid.ofInternal(row.getBytes(1)))
        .list();
  }

  /**
   * Returns one tracker of each of up to {@code limit} appointments of {@code users} of which
   * bitcoind has never accepted a penalty.
   */
  List<Tracker> abandoned(Handle handle, Collection<PublicKey> users, int limit) {
    return page(
        handle,
        "status"
            + TrackerRow.ABANDONED_AT_EXPIRY
            + " AND user_id IN ("
            + Queries.placeholders(users.size())
            + ") AND NOT EXISTS (SELECT 1 FROM trackers o WHERE o.locator = trackers.locator AND"
            + " o.user_id = trackers.user_id AND (o.status"
            + TrackerRow.KEPT_AT_EXPIRY
            + " OR (o.status"
            + TrackerRow.ABANDONED_AT_EXPIRY
            + " AND o.member < trackers.member)))",
        Optional.empty(),
        limit,
        users.stream().map(PublicKey::bytes).toArray());
  }

  /**
   * Returns the trackers of the appointment {@code key} whose penalty has been broadcast, or must
   * be, and is not in a block.
   */
  public List<Tracker> unsettledOf(Handle handle, AppointmentKey key) {
    return page(
        handle,
        "locator = ? AND user_id = ? AND +status" + TrackerRow.UNSETTLED,
        Optional.empty(),
        Integer.MAX_VALUE,
        key.locator().bytes(),
        key.user().bytes());
  }

  /**
   * Returns those of the appointments {@code keys} that have a tracker that responds to a dispute.
   */
  public Set<AppointmentKey> answering(Handle handle, Collection<AppointmentKey> keys) {
    return new HashSet<>(
        Queries.inKeyChunks(
            handle,
            "SELECT DISTINCT locator, user_id FROM trackers"
                + " WHERE (locator, user_id) IN (VALUES %s) AND +status"
                + TrackerRow.ANSWERING,
            keys,
            query -> query.map((row, context) -> AppointmentsDBM.key(row)).list()));
  }
}
