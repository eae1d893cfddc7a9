package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import teos.bitcoin.BlockId;
import teos.protocol.Appointment;
import teos.protocol.FixedBytes;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus.Confirmed;
import teos.tower.store.PenaltyStatus.InMempool;
import teos.tower.store.PenaltyStatus.Pending;
import teos.tower.store.PenaltyStatus.Refused;

/**
 * The tables of appointments and trackers, and the last block that both have been brought up to.
 * Each method is a part of its caller's transaction.
 */
public final class AppointmentsDBM {

  private static final int PENDING = 0;
  private static final int IN_MEMPOOL = 1;
  private static final int REFUSED = 2;
  private static final int CONFIRMED = 3;

  private static final String APPOINTMENT =
      "a.locator, a.user_id, a.encrypted_blob, a.to_self_delay, a.user_signature, a.start_block";
  private static final String TRACKER =
      "locator, user_id, slots, dispute_tx, dispute_txid, penalty_tx, penalty_txid, status,"
          + " status_height, status_reason";

  /** Parameters in one query: SQLite takes 32,766, PostgreSQL 65,535. */
  private static final int MAX_PARAMETERS = 16_000;

  /** Blocks under the last one that are remembered: a week of them. */
  public static final int KNOWN_BLOCKS = 1_008;

  /** No bytes come before all others. */
  private static final byte[] BEFORE_ALL = {};

  // Appointments

  /** The user's appointment for {@code locator}. */
  public Optional<StoredAppointment> loadAppointment(
      Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery(
            "SELECT " + APPOINTMENT + " FROM appointments a WHERE a.locator = ? AND a.user_id = ?")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .map(AppointmentsDBM::appointment)
        .findOne();
  }

  /** Length in bytes of the blob of the user's appointment for {@code locator}. */
  public Optional<Integer> blobLength(Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery(
            "SELECT length(encrypted_blob) FROM appointments WHERE locator = ? AND user_id = ?")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .mapTo(Integer.class)
        .findOne();
  }

  /** Stores an appointment, in the place of its user's earlier one for the same locator. */
  public void storeAppointment(Handle handle, StoredAppointment stored) {
    Appointment appointment = stored.appointment();
    handle
        .createUpdate(
            "INSERT INTO appointments (locator, user_id, encrypted_blob, to_self_delay,"
                + " user_signature, start_block) VALUES (?, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (locator, user_id) DO UPDATE SET"
                + " encrypted_blob = excluded.encrypted_blob,"
                + " to_self_delay = excluded.to_self_delay,"
                + " user_signature = excluded.user_signature, start_block = excluded.start_block")
        .bind(0, appointment.locator().bytes())
        .bind(1, stored.user().bytes())
        .bind(2, appointment.encryptedBlob())
        .bind(3, appointment.toSelfDelay())
        .bind(4, stored.userSignature())
        .bind(5, stored.startBlock())
        .execute();
  }

  /** Drops an appointment. */
  public void deleteAppointment(Handle handle, Locator locator, PublicKey user) {
    handle.execute(
        "DELETE FROM appointments WHERE locator = ? AND user_id = ?",
        locator.bytes(),
        user.bytes());
  }

  /** Drops all of a user's appointments; disputes that are being answered stay. */
  public void deleteAppointmentsOf(Handle handle, PublicKey user) {
    handle.execute("DELETE FROM appointments WHERE user_id = ?", user.bytes());
  }

  /** The locators of all of a user's appointments, watched and answered. */
  public List<Locator> locatorsOf(Handle handle, PublicKey user) {
    return handle
        .createQuery("SELECT locator FROM appointments WHERE user_id = ? ORDER BY locator")
        .bind(0, user.bytes())
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /** Appointments of all users for any of {@code locators} that have not been answered yet. */
  public List<StoredAppointment> watchedWithLocators(
      Handle handle, Collection<Locator> locators) {
    return inChunks(
        handle,
        "SELECT "
            + APPOINTMENT
            + " FROM appointments a WHERE a.locator IN (%s) AND NOT EXISTS (SELECT 1 FROM trackers"
            + " t WHERE t.locator = a.locator AND t.user_id = a.user_id)",
        locators,
        query -> query.map(AppointmentsDBM::appointment).list());
  }

  /** Up to {@code limit} of those locators, in their order, that come after {@code after}. */
  public List<Locator> locatorsOf(
      Handle handle, PublicKey user, Optional<Locator> after, int limit) {
    return handle
        .createQuery(
            "SELECT locator FROM appointments WHERE user_id = ? AND locator > ?"
                + " ORDER BY locator LIMIT ?")
        .bind(0, user.bytes())
        .bind(1, after.map(Locator::bytes).orElse(BEFORE_ALL))
        .bind(2, limit)
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /**
   * Shows {@code visitor} the appointments that have not been answered yet, in the order of their
   * keys, from the first one after {@code after} on. Reads only as far as the visitor goes.
   *
   * @param only the locator of those that are shown; all if there is none
   * @param visitor false when it has seen enough
   * @return whether all have been shown
   */
  public boolean visitWatched(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<StoredAppointment> visitor) {
    return visit(
        handle,
        "SELECT " + APPOINTMENT + " FROM appointments a WHERE NOT EXISTS (SELECT 1 FROM trackers t"
            + " WHERE t.locator = a.locator AND t.user_id = a.user_id) AND ",
        after,
        only,
        query -> query.map(AppointmentsDBM::appointment).iterator(),
        visitor);
  }

  /** The same for trackers. */
  public boolean visitTrackers(
      Handle handle,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Predicate<Tracker> visitor) {
    return visit(
        handle,
        "SELECT " + TRACKER + " FROM trackers WHERE ",
        after,
        only,
        query -> query.map(AppointmentsDBM::tracker).iterator(),
        visitor);
  }

  private static <T> boolean visit(
      Handle handle,
      String select,
      Optional<AppointmentKey> after,
      Optional<Locator> only,
      Function<Query, ResultIterator<T>> rows,
      Predicate<T> visitor) {
    String own = only.isPresent() ? "locator = ? AND " : "";
    try (Query query =
        handle.createQuery(
            select + own + "(locator, user_id) > (?, ?) ORDER BY locator, user_id")) {
      int at = 0;
      if (only.isPresent()) {
        query.bind(at++, only.get().bytes());
      }
      query.bind(at++, after.map(key -> key.locator().bytes()).orElse(BEFORE_ALL));
      query.bind(at, after.map(key -> key.user().bytes()).orElse(BEFORE_ALL));
      try (ResultIterator<T> found = rows.apply(query)) {
        while (found.hasNext()) {
          if (!visitor.test(found.next())) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /** How many appointments there are, watched and answered. */
  public long countAppointments(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM appointments").mapTo(Long.class).one();
  }

  // Trackers

  /** The answer to the dispute of the user's appointment for {@code locator}. */
  public Optional<Tracker> loadTracker(Handle handle, Locator locator, PublicKey user) {
    return handle
        .createQuery("SELECT " + TRACKER + " FROM trackers WHERE locator = ? AND user_id = ?")
        .bind(0, locator.bytes())
        .bind(1, user.bytes())
        .map(AppointmentsDBM::tracker)
        .findOne();
  }

  /** Stores a tracker; false if the dispute is being answered already. */
  public boolean storeTracker(Handle handle, Tracker tracker) {
    StatusColumns status = StatusColumns.of(tracker.status());
    return handle
            .createUpdate(
                "INSERT INTO trackers ("
                    + TRACKER
                    + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    + " ON CONFLICT (locator, user_id) DO NOTHING")
            .bind(0, tracker.locator().bytes())
            .bind(1, tracker.user().bytes())
            .bind(2, tracker.slots())
            .bind(3, tracker.disputeTx())
            .bind(4, tracker.disputeTxid().internal())
            .bind(5, tracker.penaltyTx())
            .bind(6, tracker.penaltyTxid().internal())
            .bind(7, status.code)
            .bind(8, status.height)
            .bind(9, status.reason)
            .execute()
        == 1;
  }

  /** Notes how far a penalty has come. */
  public void updateStatus(Handle handle, Tracker tracker, PenaltyStatus to) {
    StatusColumns status = StatusColumns.of(to);
    handle
        .createUpdate(
            "UPDATE trackers SET status = ?, status_height = ?, status_reason = ?"
                + " WHERE locator = ? AND user_id = ?")
        .bind(0, status.code)
        .bind(1, status.height)
        .bind(2, status.reason)
        .bind(3, tracker.locator().bytes())
        .bind(4, tracker.user().bytes())
        .execute();
  }

  /** Trackers whose penalty is one of {@code penalties}. */
  public List<Tracker> trackersWithPenalties(Handle handle, Collection<Txid> penalties) {
    return inChunks(
        handle,
        "SELECT " + TRACKER + " FROM trackers WHERE penalty_txid IN (%s)",
        penalties,
        query -> query.map(AppointmentsDBM::tracker).list());
  }

  /** Trackers whose penalty is in no block. */
  public List<Tracker> unconfirmedTrackers(Handle handle) {
    return handle
        .createQuery("SELECT " + TRACKER + " FROM trackers WHERE status < " + CONFIRMED)
        .map(AppointmentsDBM::tracker)
        .list();
  }

  /** Trackers whose penalty is in a block at {@code height} or under it. */
  public List<Tracker> confirmedAtOrUnder(Handle handle, int height) {
    return confirmed(handle, "<= ?", height);
  }

  /** Trackers whose penalty is in a block at {@code height} or over it. */
  public List<Tracker> confirmedAtOrOver(Handle handle, int height) {
    return confirmed(handle, ">= ?", height);
  }

  private List<Tracker> confirmed(Handle handle, String comparison, int height) {
    return handle
        .createQuery(
            "SELECT " + TRACKER + " FROM trackers WHERE status = " + CONFIRMED
                + " AND status_height " + comparison)
        .bind(0, height)
        .map(AppointmentsDBM::tracker)
        .list();
  }

  /** Forgets a tracker, and leaves its appointment. */
  public void deleteTracker(Handle handle, Tracker tracker) {
    handle.execute(
        "DELETE FROM trackers WHERE locator = ? AND user_id = ?",
        tracker.locator().bytes(),
        tracker.user().bytes());
  }

  /** Forgets those of a user's trackers whose penalty bitcoind has never taken. */
  public void deleteRefusedTrackersOf(Handle handle, PublicKey user) {
    handle.execute(
        "DELETE FROM trackers WHERE user_id = ? AND status = " + REFUSED, user.bytes());
  }

  /** How many appointments have not been answered yet. */
  public long countWatched(Handle handle) {
    // Answered appointments are few: counting them, and all, spares a look at each.
    long answered =
        handle
            .createQuery(
                "SELECT COUNT(*) FROM trackers t WHERE EXISTS (SELECT 1 FROM appointments a"
                    + " WHERE a.locator = t.locator AND a.user_id = t.user_id)")
            .mapTo(Long.class)
            .one();
    return countAppointments(handle) - answered;
  }

  /** How many trackers there are. */
  public long countTrackers(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM trackers").mapTo(Long.class).one();
  }

  // The chain

  /** The last block that all the tower has dealt with. */
  public Optional<BlockId> lastKnownBlock(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height DESC LIMIT 1")
        .map(AppointmentsDBM::block)
        .findOne();
  }

  /** The last blocks of the best chain that all the tower has dealt with, the lowest first. */
  public List<BlockId> knownBlocks(Handle handle) {
    return handle
        .createQuery("SELECT hash, height FROM known_blocks ORDER BY height")
        .map(AppointmentsDBM::block)
        .list();
  }

  /**
   * Notes that all the tower has dealt with {@code blocks}, of which each is the next one's parent
   * and the last one the tip. What was noted in their place or over them has left the chain, and is
   * forgotten, as is what lies further down than {@link #KNOWN_BLOCKS}.
   */
  public void storeKnownBlocks(Handle handle, List<BlockId> blocks) {
    handle.execute("DELETE FROM known_blocks WHERE height >= ?", blocks.getFirst().height());
    try (PreparedBatch batch =
        handle.prepareBatch("INSERT INTO known_blocks (height, hash) VALUES (?, ?)")) {
      for (BlockId block : blocks) {
        batch.bind(0, block.height()).bind(1, block.hash()).add();
      }
      batch.execute();
    }
    handle.execute(
        "DELETE FROM known_blocks WHERE height <= ?", blocks.getLast().height() - KNOWN_BLOCKS);
  }

  private static BlockId block(ResultSet row, StatementContext context) throws SQLException {
    return new BlockId(row.getString("hash"), row.getInt("height"));
  }

  private interface Rows<T> {
    List<T> of(Query query);
  }

  private static <T> List<T> inChunks(
      Handle handle, String sql, Collection<? extends FixedBytes> keys, Rows<T> rows) {
    List<T> found = new ArrayList<>();
    List<FixedBytes> all = List.copyOf(keys);
    for (int from = 0; from < all.size(); from += MAX_PARAMETERS) {
      List<FixedBytes> chunk = all.subList(from, Math.min(all.size(), from + MAX_PARAMETERS));
      String marks = "?,".repeat(chunk.size() - 1) + "?";
      try (Query query = handle.createQuery(sql.formatted(marks))) {
        for (int i = 0; i < chunk.size(); i++) {
          query.bind(i, chunk.get(i).bytes());
        }
        found.addAll(rows.of(query));
      }
    }
    return found;
  }

  private static StoredAppointment appointment(ResultSet row, StatementContext context)
      throws SQLException {
    return new StoredAppointment(
        new Appointment(
            new Locator(row.getBytes("locator")),
            row.getBytes("encrypted_blob"),
            row.getLong("to_self_delay")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getString("user_signature"),
        row.getLong("start_block"));
  }

  private static Tracker tracker(ResultSet row, StatementContext context) throws SQLException {
    return new Tracker(
        new Locator(row.getBytes("locator")),
        PublicKey.ofTrusted(row.getBytes("user_id")),
        row.getInt("slots"),
        row.getBytes("dispute_tx"),
        Txid.ofInternal(row.getBytes("dispute_txid")),
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
      };
    }
  }
}
