package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus.Beaten;
import teos.tower.store.PenaltyStatus.Complete;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.DisputeGone;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;

/**
 * The tables of trackers and of their history. Each method is a part of its caller's transaction.
 */
public final class TrackersDBM {

  private static final int PENDING = 0;
  private static final int IN_MEMPOOL = 1;
  private static final int REFUSED = 2;
  private static final int CONFIRMED = 3;
  private static final int DISPUTE_GONE = 4;
  private static final int BEATEN = 5;
  private static final int COMPLETE = 6;

  /** Of those that answer a dispute now, as users see it. */
  static final String ANSWERING = " NOT IN (" + DISPUTE_GONE + ", " + COMPLETE + ")";

  private static final String UNSETTLED =
      " IN (" + PENDING + ", " + IN_MEMPOOL + ", " + REFUSED + ", " + DISPUTE_GONE + ")";
  private static final String SETTLED = " IN (" + CONFIRMED + ", " + BEATEN + ")";
  private static final String GIVEN_UP_AT_EXPIRY = " IN (" + REFUSED + ", " + DISPUTE_GONE + ")";

  private static final String COLUMNS =
      "locator, user_id, slots, dispute_tx, dispute_txid, dispute_height, penalty_tx,"
          + " penalty_txid, status, status_height, status_reason";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM trackers";

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

  /** Stores a tracker; false if there is one already, which stays as it is. */
  public boolean store(Handle handle, Tracker tracker) {
    StatusColumns status = StatusColumns.of(tracker.status());
    return handle
            .createUpdate(
                "INSERT INTO trackers ("
                    + COLUMNS
                    + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    + " ON CONFLICT (locator, user_id) DO NOTHING")
            .bind(0, tracker.locator().bytes())
            .bind(1, tracker.user().bytes())
            .bind(2, tracker.slots())
            .bind(3, tracker.disputeTx())
            .bind(4, tracker.disputeTxid().internal())
            .bind(5, height(tracker))
            .bind(6, tracker.penaltyTx())
            .bind(7, tracker.penaltyTxid().internal())
            .bind(8, status.code)
            .bind(9, status.height)
            .bind(10, status.reason)
            .execute()
        == 1;
  }

  /** Notes how far a penalty has come, where its dispute is, and what slots go back. */
  public void update(Handle handle, Tracker tracker) {
    StatusColumns status = StatusColumns.of(tracker.status());
    handle
        .createUpdate(
            "UPDATE trackers SET status = ?, status_height = ?, status_reason = ?,"
                + " dispute_height = ?, slots = ? WHERE locator = ? AND user_id = ?")
        .bind(0, status.code)
        .bind(1, status.height)
        .bind(2, status.reason)
        .bind(3, height(tracker))
        .bind(4, tracker.slots())
        .bind(5, tracker.locator().bytes())
        .bind(6, tracker.user().bytes())
        .execute();
  }

  /** Puts another penalty in the place of a tracker's. */
  public void renewPenalty(
      Handle handle, AppointmentKey key, byte[] penaltyTx, Txid penaltyTxid, int slots) {
    handle.execute(
        "UPDATE trackers SET penalty_tx = ?, penalty_txid = ?, slots = ?"
            + " WHERE locator = ? AND user_id = ?",
        penaltyTx,
        penaltyTxid.internal(),
        slots,
        key.locator().bytes(),
        key.user().bytes());
  }

  private static @Nullable Integer height(Tracker tracker) {
    return tracker.disputeHeight().isPresent() ? tracker.disputeHeight().getAsInt() : null;
  }

  /** Whether there is any tracker: if not, blocks need not be looked through for them. */
  public boolean any(Handle handle) {
    return handle
        .createQuery("SELECT EXISTS (SELECT 1 FROM trackers)")
        .mapTo(Boolean.class)
        .one();
  }

  /** Trackers whose dispute is one of {@code disputes}. */
  public List<Tracker> withDisputes(Handle handle, Collection<Txid> disputes) {
    return Queries.inChunks(
        handle,
        SELECT + " WHERE dispute_txid IN (%s) ORDER BY locator, user_id<lock>",
        disputes,
        query -> query.map(TrackersDBM::tracker).list());
  }

  /** Trackers whose penalty is one of {@code penalties}. */
  public List<Tracker> withPenalties(Handle handle, Collection<Txid> penalties) {
    return Queries.inChunks(
        handle,
        SELECT + " WHERE penalty_txid IN (%s) ORDER BY locator, user_id<lock>",
        penalties,
        query -> query.map(TrackersDBM::tracker).list());
  }

  /** Trackers whose penalty is in no block, and has not been beaten by another. */
  public List<Tracker> unsettled(Handle handle) {
    return handle
        .createQuery(SELECT + " WHERE status" + UNSETTLED + " ORDER BY locator, user_id<lock>")
        .map(TrackersDBM::tracker)
        .list();
  }

  /** The disputes that were there, and are in no block and no mempool. */
  public List<Txid> goneDisputes(Handle handle) {
    return handle
        .createQuery("SELECT DISTINCT dispute_txid FROM trackers WHERE status = " + DISPUTE_GONE)
        .map((row, context) -> Txid.ofInternal(row.getBytes(1)))
        .list();
  }

  /** Trackers that are confirmed or beaten in a block at {@code height} or under it. */
  public List<Tracker> settledAtOrUnder(Handle handle, int height) {
    return handle
        .createQuery(SELECT + " WHERE status" + SETTLED + " AND status_height <= ?<lock>")
        .bind(0, height)
        .map(TrackersDBM::tracker)
        .list();
  }

  /** Trackers of which a block at {@code height} or over it has the dispute, or settles them. */
  public List<Tracker> restingOnBlocksFrom(Handle handle, int height) {
    return handle
        .createQuery(
            SELECT
                + " WHERE dispute_height >= ? OR (status_height >= ? AND status IN ("
                + CONFIRMED + ", " + BEATEN + ", " + COMPLETE + "))<lock>")
        .bind(0, height)
        .bind(1, height)
        .map(TrackersDBM::tracker)
        .list();
  }

  /** Forgets trackers that are complete in a block at {@code height} or under it. */
  public void forgetComplete(Handle handle, int height) {
    delete(handle, "status = " + COMPLETE + " AND status_height <= ?", height);
  }

  /** Forgets a tracker, and leaves its appointment. */
  public void delete(Handle handle, Tracker tracker) {
    delete(
        handle,
        "locator = ? AND user_id = ?",
        tracker.locator().bytes(),
        tracker.user().bytes());
  }

  /** Forgets those trackers of {@code users} whose penalty bitcoind has never taken. */
  public void giveUpOf(Handle handle, Collection<PublicKey> users) {
    delete(
        handle,
        "status" + GIVEN_UP_AT_EXPIRY + " AND user_id IN (" + Queries.marks(users.size()) + ")",
        users.stream().map(PublicKey::bytes).toArray());
  }

  private static void delete(Handle handle, String where, Object... values) {
    handle.execute(
        "DELETE FROM tracker_events WHERE (locator, user_id) IN"
            + " (SELECT locator, user_id FROM trackers WHERE " + where + ")",
        values);
    handle.execute("DELETE FROM trackers WHERE " + where, values);
  }

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
            "SELECT COUNT(*) FROM trackers t WHERE t.status" + ANSWERING
                + " AND EXISTS (SELECT 1 FROM appointments a"
                + " WHERE a.locator = t.locator AND a.user_id = t.user_id)")
        .mapTo(Long.class)
        .one();
  }

  /**
   * Shows {@code visitor} trackers in the order of their keys, as {@link
   * AppointmentsDBM#visitWatched} does: those that answer a dispute now, and where it is for one
   * locator only, those that are complete as well.
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

  /**
   * How far the trackers have come.
   *
   * @param count how many there are, by status
   * @param oldestUnconfirmed height of the lowest block that has a dispute whose penalty is in no
   *     block; empty if there is none
   */
  public record Overview(Map<Stage, Long> count, OptionalInt oldestUnconfirmed) {
    public Overview {
      count = Map.copyOf(count);
    }
  }

  /** What {@link PenaltyStatus} a tracker has, in the order of the codes in the table. */
  public enum Stage {
    PENDING,
    IN_MEMPOOL,
    REFUSED,
    CONFIRMED,
    DISPUTE_GONE,
    BEATEN,
    COMPLETE;

    /** That of {@code status}. */
    public static Stage of(PenaltyStatus status) {
      return values()[StatusColumns.of(status).code];
    }

    /** In lower case, with underscores. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far all trackers have come. */
  public Overview overview(Handle handle) {
    Map<Stage, Long> count = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.values()) {
      count.put(stage, 0L);
    }
    handle
        .createQuery("SELECT status, COUNT(*) AS trackers FROM trackers GROUP BY status")
        .map((row, context) -> Map.entry(row.getInt(1), row.getLong(2)))
        .forEach(found -> count.put(Stage.values()[found.getKey()], found.getValue()));
    OptionalInt oldest =
        handle
            .createQuery("SELECT MIN(dispute_height) FROM trackers WHERE status" + UNSETTLED)
            .map(
                (row, context) -> {
                  int height = row.getInt(1);
                  return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(height);
                })
            .one();
    return new Overview(count, oldest);
  }

  /**
   * A tracker with all that became of it, oldest first.
   *
   * @param tracker the tracker
   * @param events at least the one that its dispute was seen
   */
  public record Followed(Tracker tracker, List<TrackerEvent> events) {
    public Followed {
      events = List.copyOf(events);
    }
  }

  /** The {@code limit} trackers whose disputes were seen last, the newest first. */
  public List<Followed> newest(Handle handle, int limit) {
    List<Tracker> newest =
        handle
            .createQuery(
                SELECT.replace("FROM trackers", "FROM trackers JOIN (SELECT locator AS l, user_id AS u,"
                        + " seconds AS seen FROM tracker_events WHERE number = 1) first_events"
                        + " ON locator = l AND user_id = u")
                    + " ORDER BY seen DESC, locator, user_id LIMIT ?")
            .bind(0, limit)
            .map(TrackersDBM::tracker)
            .list();
    if (newest.isEmpty()) {
      return List.of();
    }
    Map<AppointmentKey, List<TrackerEvent>> events = new HashMap<>();
    Queries.ofKeys(
            handle,
            "SELECT locator, user_id, seconds, height, event, detail FROM tracker_events"
                + " WHERE (locator, user_id) IN (VALUES %s) ORDER BY locator, user_id, number",
            newest.stream().map(Tracker::key).toList(),
            query ->
                query
                    .map(
                        (row, context) ->
                            Map.entry(
                                new AppointmentKey(
                                    new Locator(row.getBytes("locator")),
                                    PublicKey.ofTrusted(row.getBytes("user_id"))),
                                event(row)))
                    .list())
        .forEach(
            found ->
                events
                    .computeIfAbsent(found.getKey(), key -> new ArrayList<>())
                    .add(found.getValue()));
    return newest.stream()
        .map(tracker -> new Followed(tracker, events.getOrDefault(tracker.key(), List.of())))
        .toList();
  }

  private static TrackerEvent event(ResultSet row) throws SQLException {
    return new TrackerEvent(
        Instant.ofEpochSecond(row.getLong("seconds")),
        row.getInt("height"),
        TrackerEvent.Kind.of(row.getString("event")),
        row.getString("detail"));
  }

  // History

  /** Adds to a tracker's history, unless it would only say the same again; whether it was new. */
  public boolean addEvent(Handle handle, AppointmentKey key, TrackerEvent event) {
    record Last(int number, String event, String detail) {}
    Last last =
        handle
            .createQuery(
                "SELECT number, event, detail FROM tracker_events"
                    + " WHERE locator = ? AND user_id = ? ORDER BY number DESC LIMIT 1")
            .bind(0, key.locator().bytes())
            .bind(1, key.user().bytes())
            .map(
                (row, context) ->
                    new Last(row.getInt("number"), row.getString("event"), row.getString("detail")))
            .findOne()
            .orElse(new Last(0, "", ""));
    if (last.event.equals(event.kind().word()) && last.detail.equals(event.detail())) {
      return false;
    }
    handle.execute(
        "INSERT INTO tracker_events (locator, user_id, number, seconds, height, event, detail)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        key.locator().bytes(),
        key.user().bytes(),
        last.number + 1,
        event.at().getEpochSecond(),
        event.height(),
        event.kind().word(),
        event.detail());
    return true;
  }

  /** A tracker's history, oldest first. */
  public List<TrackerEvent> events(Handle handle, AppointmentKey key) {
    return handle
        .createQuery(
            "SELECT seconds, height, event, detail FROM tracker_events"
                + " WHERE locator = ? AND user_id = ? ORDER BY number")
        .bind(0, key.locator().bytes())
        .bind(1, key.user().bytes())
        .map((row, context) -> event(row))
        .list();
  }

  private static Tracker tracker(ResultSet row, StatementContext context) throws SQLException {
    int height = row.getInt("dispute_height");
    OptionalInt disputeHeight = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(height);
    return new Tracker(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("slots"),
        row.getBytes("dispute_tx"),
        Txid.ofInternal(row.getBytes("dispute_txid")),
        disputeHeight,
        row.getBytes("penalty_tx"),
        Txid.ofInternal(row.getBytes("penalty_txid")),
        status(row));
  }

  private static PenaltyStatus status(ResultSet row) throws SQLException {
    int height = row.getInt("status_height");
    int code = row.getInt("status");
    return switch (code) {
      case PENDING -> new Pending(height);
      case IN_MEMPOOL -> new InMempool(height);
      case REFUSED -> new Refused(height, row.getString("status_reason"));
      case CONFIRMED -> new Confirmed(height);
      case DISPUTE_GONE -> new DisputeGone(height, row.getString("status_reason"));
      case BEATEN -> new Beaten(height, row.getString("status_reason"));
      case COMPLETE -> new Complete(height);
      default -> throw new SQLException("unknown status of a tracker: " + code);
    };
  }

  private record StatusColumns(int code, int height, String reason) {
    static StatusColumns of(PenaltyStatus status) {
      return switch (status) {
        case Pending pending -> new StatusColumns(PENDING, pending.height(), "");
        case InMempool mempool -> new StatusColumns(IN_MEMPOOL, mempool.height(), "");
        case Refused refused -> new StatusColumns(REFUSED, refused.height(), refused.reason());
        case Confirmed confirmed -> new StatusColumns(CONFIRMED, confirmed.height(), "");
        case DisputeGone gone -> new StatusColumns(DISPUTE_GONE, gone.height(), gone.reason());
        case Beaten beaten -> new StatusColumns(BEATEN, beaten.height(), beaten.by());
        case Complete complete -> new StatusColumns(COMPLETE, complete.height(), "");
      };
    }
  }
}
