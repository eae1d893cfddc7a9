package teos.tower.store;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;
import teos.protocol.PublicKey;
import teos.protocol.Txid;

/**
 * Table of trackers. Each method is part of its caller's transaction. Trackers are loaded without
 * their transactions, which are in the tables of {@link TransactionsDBM}; {@link TrackerSearchDBM}
 * finds trackers by their state.
 */
public final class TrackersDBM {

  private final TransactionsDBM transactions = new TransactionsDBM();
  private final TrackerSearchDBM search = new TrackerSearchDBM();

  /** Returns the tracker {@code key}. */
  public Optional<Tracker> load(Handle handle, TrackerKey key) {
    return handle
        .createQuery(TrackerRow.SELECT + " WHERE locator = ? AND user_id = ? AND member = ?<lock>")
        .bind(0, key.locator().bytes())
        .bind(1, key.user().bytes())
        .bind(2, key.member())
        .map(TrackerRow::tracker)
        .findOne();
  }

  /** Returns the trackers {@code keys}. */
  public List<Tracker> load(Handle handle, Collection<TrackerKey> keys) {
    return Queries.inTrackerChunks(
        handle,
        TrackerRow.SELECT
            + " WHERE (locator, user_id, member) IN (VALUES %s)"
            + " ORDER BY locator, user_id, member<lock>",
        keys,
        query -> query.map(TrackerRow::tracker).list());
  }

  /** Returns the trackers of the appointment {@code key}, in the order of their keys. */
  public List<Tracker> loadAll(Handle handle, AppointmentKey key) {
    return loadAll(handle, List.of(key));
  }

  /** Returns the trackers of the appointments {@code keys}, in the order of their keys. */
  public List<Tracker> loadAll(Handle handle, Collection<AppointmentKey> keys) {
    return Queries.inKeyChunks(
        handle,
        TrackerRow.SELECT
            + " WHERE (locator, user_id) IN (VALUES %s) ORDER BY locator, user_id, member<lock>",
        keys,
        query -> query.map(TrackerRow::tracker).list());
  }

  /**
   * Stores trackers, except those whose appointment has any already; returns the stored ones. All
   * trackers of an appointment must be stored at once.
   */
  public List<NewTracker> store(Handle handle, Collection<NewTracker> trackers) {
    Set<AppointmentKey> keys =
        trackers.stream().map(each -> each.tracker().key()).collect(Collectors.toSet());
    Set<AppointmentKey> known =
        loadAll(handle, keys).stream().map(Tracker::key).collect(Collectors.toSet());
    Map<TrackerKey, NewTracker> fresh = new LinkedHashMap<>();
    for (NewTracker each : trackers) {
      if (!known.contains(each.tracker().key())) {
        fresh.putIfAbsent(each.tracker().trackerKey(), each);
      }
    }
    if (fresh.isEmpty()) {
      return List.of();
    }
    try (PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO trackers ("
                + TrackerRow.COLUMNS
                + ") VALUES ("
                + Queries.placeholders(TrackerRow.COLUMN_COUNT)
                + ")")) {
      for (NewTracker each : fresh.values()) {
        bind(batch, each.tracker());
        batch.add();
      }
      batch.execute();
    }
    transactions.store(handle, fresh.values());
    return List.copyOf(fresh.values());
  }

  private static void bind(PreparedBatch batch, Tracker tracker) {
    Penalty penalty = tracker.penalty();
    batch
        .bind(0, tracker.locator().bytes())
        .bind(1, tracker.user().bytes())
        .bind(2, penalty.member())
        .bind(3, tracker.slots())
        .bind(4, tracker.disputeTxid().internal())
        .bind(5, orNull(tracker.disputeHeight()))
        .bind(6, penalty.txid().internal())
        .bind(7, PenaltyStage.of(tracker.status()).code())
        .bind(8, tracker.status().height())
        .bind(9, PenaltyStage.reason(tracker.status()))
        .bind(10, tracker.retry().refusals())
        .bind(11, orNull(tracker.retry().dueAt()))
        .bind(12, tracker.retry().conflict().map(Txid::internal).orElse(null))
        .bind(13, penalty.selfDelay())
        .bind(14, penalty.feeRate().isPresent() ? penalty.feeRate().getAsLong() : null)
        .bind(15, penalty.shared().bytes())
        .bind(16, parentTxid(penalty))
        .bind(17, parentHeight(penalty));
  }

  private static byte @Nullable [] parentTxid(Penalty penalty) {
    return penalty.parent().map(parent -> parent.txid().internal()).orElse(null);
  }

  private static @Nullable Integer parentHeight(Penalty penalty) {
    return penalty.parent().map(parent -> orNull(parent.height())).orElse(null);
  }

  /** Updates a tracker's status, retry, heights of dispute and parent, and slots. */
  public void update(Handle handle, Tracker tracker) {
    handle
        .createUpdate(
            "UPDATE trackers SET status = ?, status_height = ?, status_reason = ?,"
                + " dispute_height = ?, slots = ?, refusals = ?, retry_height = ?,"
                + " conflict_txid = ?, parent_txid = ?, parent_height = ?"
                + " WHERE locator = ? AND user_id = ? AND member = ?")
        .bind(0, PenaltyStage.of(tracker.status()).code())
        .bind(1, tracker.status().height())
        .bind(2, PenaltyStage.reason(tracker.status()))
        .bind(3, orNull(tracker.disputeHeight()))
        .bind(4, tracker.slots())
        .bind(5, tracker.retry().refusals())
        .bind(6, orNull(tracker.retry().dueAt()))
        .bind(7, tracker.retry().conflict().map(Txid::internal).orElse(null))
        .bind(8, parentTxid(tracker.penalty()))
        .bind(9, parentHeight(tracker.penalty()))
        .bind(10, tracker.locator().bytes())
        .bind(11, tracker.user().bytes())
        .bind(12, tracker.penalty().member())
        .execute();
  }

  private static @Nullable Integer orNull(OptionalInt height) {
    return height.isPresent() ? height.getAsInt() : null;
  }

  /** Replaces all penalties of an appointment; its history stays. */
  public void replacePenalties(
      Handle handle, List<Tracker> trackers, Collection<NewTracker> replacements) {
    deleteRows(handle, trackers);
    store(handle, replacements);
  }

  /** Returns whether there is any tracker; if not, blocks need not be searched for them. */
  public boolean hasAny(Handle handle) {
    return handle.createQuery("SELECT EXISTS (SELECT 1 FROM trackers)").mapTo(Boolean.class).one();
  }

  /** Deletes all trackers of the appointments of {@code trackers}, but not the appointments. */
  public void deleteAppointments(Handle handle, Collection<Tracker> trackers) {
    Set<AppointmentKey> keys = trackers.stream().map(Tracker::key).collect(Collectors.toSet());
    List<Tracker> all = loadAll(handle, keys);
    for (AppointmentKey key : keys) {
      handle.execute(
          "DELETE FROM tracker_events WHERE locator = ? AND user_id = ?",
          key.locator().bytes(),
          key.user().bytes());
    }
    deleteRows(handle, all);
  }

  /**
   * Deletes a tracker if the appointment has others, of which one takes over its slots.
   *
   * @return false if it is the only one, which is not deleted
   */
  public boolean deleteMember(Handle handle, Tracker tracker) {
    Optional<Tracker> other =
        handle
            .createQuery(
                TrackerRow.SELECT
                    + " WHERE locator = ? AND user_id = ? AND member <> ?"
                    + " ORDER BY member LIMIT 1<lock>")
            .bind(0, tracker.locator().bytes())
            .bind(1, tracker.user().bytes())
            .bind(2, tracker.penalty().member())
            .map(TrackerRow::tracker)
            .findOne();
    other.ifPresent(
        heir -> {
          update(handle, heir.withSlots(heir.slots() + tracker.slots()));
          deleteRows(handle, List.of(tracker));
        });
    return other.isPresent();
  }

  private void deleteRows(Handle handle, Collection<Tracker> trackers) {
    for (Tracker tracker : trackers) {
      handle.execute(
          "DELETE FROM trackers WHERE locator = ? AND user_id = ? AND member = ?",
          tracker.locator().bytes(),
          tracker.user().bytes(),
          tracker.penalty().member());
    }
    transactions.deleteUnneeded(handle, trackers);
  }

  /**
   * Deletes the trackers of up to {@code limit} appointments of {@code users} of which bitcoind has
   * never accepted a penalty.
   *
   * @return of how many appointments they were deleted
   */
  public int abandonSomeOf(Handle handle, Collection<PublicKey> users, int limit) {
    List<Tracker> abandoned = search.abandoned(handle, users, limit);
    deleteAppointments(handle, abandoned);
    return abandoned.size();
  }

  /** Returns the number of appointments whose trackers respond to a dispute. */
  public long count(Handle handle) {
    return handle
        .createQuery(
            "SELECT COUNT(*) FROM (SELECT DISTINCT locator, user_id FROM trackers WHERE status"
                + TrackerRow.ANSWERING
                + ") AS answering")
        .mapTo(Long.class)
        .one();
  }
}
