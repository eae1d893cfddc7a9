package teos.tower.gatekeeper;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.store.CapacityDBM;
import teos.tower.store.CapacityDBM.SlotHolder;

/**
 * Capacity of the tower in slots, and how many of them are reserved. Slots are reserved when they
 * are granted, not when an appointment is stored: a user with a free slot is never rejected for
 * lack of space. Any number of threads and processes may use it, because the counter is a row of
 * the database.
 *
 * <p>A registration is granted at most 1/{@value #MIN_GRANTS} of the free slots, so that grants
 * shrink as capacity runs low and a hundred registrations leave slots for the next user.
 */
public final class Capacity {

  /** Divisor of the free slots for one registration or session. */
  private static final long MIN_GRANTS = 50;

  private final Database database;
  private final CapacityDBM table = new CapacityDBM();
  private final long total;
  private final Supplier<DiskSpace.Level> disk;

  /**
   * @param total slots, each for an appointment with a blob of up to 2,048 bytes
   */
  public Capacity(Database database, long total) {
    this(database, total, () -> DiskSpace.Level.AMPLE);
  }

  /**
   * @param total slots, each for an appointment with a blob of up to 2,048 bytes
   * @param disk level of free disk space
   */
  public Capacity(Database database, long total, Supplier<DiskSpace.Level> disk) {
    this.database = database;
    this.total = total;
    this.disk = disk;
  }

  /** Returns why no new users are admitted now, for the user; empty if they are. */
  public Optional<String> noNewUsersReason() {
    if (disk.get() != DiskSpace.Level.AMPLE) {
      return Optional.of("This tower has little space left, and takes no new users");
    }
    return usage().free() == 0
        ? Optional.of("This tower has granted all its slots, and takes no new users")
        : Optional.empty();
  }

  /**
   * Returns why nothing new is stored now, for the user; empty if it is. The remaining space is
   * needed to respond to breaches.
   */
  public Optional<String> noNewDataReason() {
    return disk.get() == DiskSpace.Level.ANSWERING_ONLY
        ? Optional.of(
            "This tower's disk is full: stored appointments are still watched. Retry later")
        : Optional.empty();
  }

  /**
   * Distribution of the slots.
   *
   * @param total capacity of the tower in slots
   * @param reserved slots that users and sessions have reserved; may exceed {@code total} if that
   *     was lowered, or in a database older than this counter
   */
  public record Usage(long total, long reserved) {

    /** Returns the slots that can still be granted. */
    public long free() {
      return Math.max(0, total - reserved);
    }

    /** Returns whether capacity is low: keys that have signed nothing are purged then. */
    public boolean isLow() {
      return free() < total / 2;
    }
  }

  /** Returns the current distribution of the slots. */
  public Usage usage() {
    return database.read(this::usage);
  }

  private Usage usage(Handle handle) {
    return new Usage(total, table.reserved(handle));
  }

  /** Returns the {@code limit} users with the most reserved slots. */
  public List<SlotHolder> topHolders(int limit) {
    return database.read(handle -> table.topHolders(handle, limit));
  }

  /**
   * Reserves slots within the caller's transaction.
   *
   * @param wanted most slots to grant
   * @return how many are reserved; 0 if none is free
   */
  long grant(Handle handle, long wanted) {
    long free = usage(handle).free();
    long granted = Math.min(wanted, Math.min(free, Math.max(1, free / MIN_GRANTS)));
    table.add(handle, granted);
    return granted;
  }

  /**
   * Reserves slots like {@link #grant}, but one even if none is free: rust-teos's plugin rejects a
   * renewal that adds no slots. May exceed the total, so it must be used at most once per user and
   * subscription.
   */
  long grantAny(Handle handle, long wanted) {
    long granted = grant(handle, wanted);
    if (granted > 0 || wanted == 0) {
      return granted;
    }
    table.add(handle, 1);
    return 1;
  }

  /**
   * Reserves one slot for each update of an lnd session, within the caller's transaction. lnd's
   * clients do not accept fewer than they ask for; they try another tower.
   *
   * @return false if too few slots are free or the share of the free slots is too large; nothing is
   *     reserved then
   */
  public boolean reserveSession(Handle handle, int maxUpdates) {
    if (!hasRoomForSession(usage(handle), maxUpdates)) {
      return false;
    }
    table.add(handle, maxUpdates);
    return true;
  }

  /**
   * Reserves the slots of an lnd session that has lapsed, within the caller's transaction. All free
   * slots may be used: lnd's client does not leave a session that it has.
   *
   * @return false if too few slots are free; nothing is reserved then
   */
  public boolean restoreSession(Handle handle, int maxUpdates) {
    if (maxUpdates > usage(handle).free()) {
      return false;
    }
    table.add(handle, maxUpdates);
    return true;
  }

  /** Returns the most updates that a session may have while all slots are free. */
  public long largestSession() {
    return total / MIN_GRANTS;
  }

  /** Returns whether {@link #reserveSession} would succeed now. */
  public boolean hasRoomForSession(int maxUpdates) {
    return hasRoomForSession(usage(), maxUpdates);
  }

  private static boolean hasRoomForSession(Usage usage, int maxUpdates) {
    return maxUpdates <= usage.free() / MIN_GRANTS;
  }

  /** Frees reserved slots, within the transaction that deletes a user or a session. */
  public void release(Handle handle, long slots) {
    table.add(handle, -slots);
  }
}
