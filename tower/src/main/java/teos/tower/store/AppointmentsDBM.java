package teos.tower.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;
import teos.bitcoin.BlockId;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * The table of appointments, and the last blocks that these and the trackers have been brought up
 * to. Each method is a part of its caller's transaction.
 */
public final class AppointmentsDBM {

  private static final String APPOINTMENT =
      "a.locator, a.user_id, a.encrypted_blob, a.to_self_delay, a.user_signature, a.start_block";

  /** Blocks under the last one that are remembered: a week of them. */
  public static final int KNOWN_BLOCKS = 1_008;

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

  /**
   * Appointments of all users for any of {@code locators} that have no tracker. One whose dispute is
   * gone again is its tracker's business.
   */
  public List<StoredAppointment> watchedWithLocators(
      Handle handle, Collection<Locator> locators) {
    return Queries.inChunks(
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
        .bind(1, after.map(Locator::bytes).orElse(Queries.BEFORE_ALL))
        .bind(2, limit)
        .map((row, context) -> new Locator(row.getBytes(1)))
        .list();
  }

  /**
   * Shows {@code visitor} the appointments that are not being answered, in the order of their
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
    return Queries.visit(
        handle,
        "SELECT " + APPOINTMENT + " FROM appointments a WHERE NOT EXISTS (SELECT 1 FROM trackers t"
            + " WHERE t.locator = a.locator AND t.user_id = a.user_id AND t.status"
            + TrackersDBM.ANSWERING
            + ") AND ",
        after,
        only,
        query -> query.map(AppointmentsDBM::appointment).iterator(),
        visitor);
  }

  /** How many appointments there are, watched and answered. */
  public long countAppointments(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM appointments").mapTo(Long.class).one();
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
}
