package teos.tower.store;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Outbox of appointments that front ends have stored and the watching process has not read yet.
 * Each method is part of its caller's transaction.
 *
 * <p>Each entry is a separate row, even for the same appointment: an entry that is added while an
 * earlier one is processed is not deleted together with it.
 */
public final class OutboxDBM {

  private static final int ID_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock = InstantSource.system();

  /**
   * Appointment that a front end has stored.
   *
   * @param id milliseconds since 1970 (8 bytes) and 8 random bytes: ascending ids give the oldest
   *     first, as far as the clocks of the front ends agree
   * @param key key of the appointment
   */
  public record OutboxEntry(byte[] id, AppointmentKey key) {}

  /** Adds the appointments {@code stored}, in the transaction that stores them. */
  public void add(Handle handle, Collection<AppointmentKey> stored) {
    if (stored.isEmpty()) {
      return;
    }
    try (PreparedBatch batch =
        handle.prepareBatch("INSERT INTO arrivals (id, locator, user_id) VALUES (?, ?, ?)")) {
      for (AppointmentKey key : stored) {
        byte[] id =
            ByteBuffer.allocate(ID_BYTES)
                .putLong(clock.millis())
                .putLong(random.nextLong())
                .array();
        batch.bind(0, id).bind(1, key.locator().bytes()).bind(2, key.user().bytes()).add();
      }
      batch.execute();
    }
  }

  /** Returns the id of the last entry; empty if there is none. */
  public Optional<byte[]> lastId(Handle handle) {
    return handle
        .createQuery("SELECT id FROM arrivals ORDER BY id DESC LIMIT 1")
        .map((row, context) -> row.getBytes(1))
        .findOne();
  }

  /**
   * Returns up to {@code limit} entries, oldest first, up to and including the one with the id
   * {@code last}.
   */
  public List<OutboxEntry> entriesUpTo(Handle handle, byte[] last, int limit) {
    return handle
        .createQuery("SELECT id, locator, user_id FROM arrivals WHERE id <= ? ORDER BY id LIMIT ?")
        .bind(0, last)
        .bind(1, limit)
        .map(
            (row, context) ->
                new OutboxEntry(
                    row.getBytes(1),
                    new AppointmentKey(
                        new Locator(row.getBytes(2)), PublicKey.ofTrusted(row.getBytes(3)))))
        .list();
  }

  /** Deletes {@code processed}, but no other entries of the same appointments. */
  public void delete(Handle handle, Collection<OutboxEntry> processed) {
    if (processed.isEmpty()) {
      return;
    }
    try (PreparedBatch batch = handle.prepareBatch("DELETE FROM arrivals WHERE id = ?")) {
      processed.forEach(entry -> batch.bind(0, entry.id()).add());
      batch.execute();
    }
  }
}
