package teos.tower.gatekeeper;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import teos.tower.database.Database;
import teos.tower.database.DiskSpace;
import teos.tower.store.CapacityDBM;
import teos.tower.store.CapacityDBM.Holder;

/**
 * The slots that the tower can keep, and how many of them it has promised. They are reserved when
 * they are granted, not when an appointment is stored: whoever holds a slot is never refused for
 * want of room. Safe for any number of threads and processes: the counter is a row of the database.
 *
 * <p>One registration is granted at most 1/{@value #SHARES} of what is free, so that grants shrink
 * as capacity runs low and a hundred registrations leave something for the next user.
 */
public final class Capacity {

  /** Of what is free, for one registration or session: all grants are full until half is gone. */
  private static final long SHARES = 50;

  private final Database database;
  private final CapacityDBM table = new CapacityDBM();
  private final long total;
  private final Supplier<DiskSpace.Level> disk;

  /**
   * @param total slots; each is an appointment with a blob of up to 2,048 bytes
   */
  public Capacity(Database database, long total) {
    this(database, total, () -> DiskSpace.Level.AMPLE);
  }

  /**
   * @param total slots; each is an appointment with a blob of up to 2,048 bytes
   * @param disk what the disk has room for
   */
  public Capacity(Database database, long total, Supplier<DiskSpace.Level> disk) {
    this.database = database;
    this.total = total;
    this.disk = disk;
  }

  /** Returns why no new users are taken now, for the user; empty if they are. */
  public Optional<String> whyNoNewUsers() {
    if (disk.get() != DiskSpace.Level.AMPLE) {
      return Optional.of("This tower has little space left, and takes no new users");
    }
    return usage().free() == 0
        ? Optional.of("This tower has granted all its slots, and takes no new users")
        : Optional.empty();
  }

  /**
   * Returns why nothing new is stored for anybody now, for the user; empty if it is. What is free
   * then is needed to answer breaches.
   */
  public Optional<String> whyNothingNew() {
    return disk.get() == DiskSpace.Level.ANSWERING_ONLY
        ? Optional.of("This tower's disk is full; what it holds is watched. Retry later")
        : Optional.empty();
  }

  /**
   * How the slots are distributed.
   *
   * @param total slots that the tower can keep
   * @param reserved slots that users and sessions hold; may be more than {@code total} where that
   *     was lowered, or where a database is older than this counter
   */
  public record Usage(long total, long reserved) {

    /** Slots that can still be granted. */
    public long free() {
      return Math.max(0, total - reserved);
    }

    /** Whether grants shrink. */
    public boolean isLow() {
      return free() < total / 2;
    }
  }

  /** Returns how the slots are distributed now. */
  public Usage usage() {
    return database.read(this::usage);
  }

  private Usage usage(Handle handle) {
    return new Usage(total, table.reserved(handle));
  }

  /** Returns the {@code limit} users that hold most. */
  public List<Holder> topHolders(int limit) {
    return database.read(handle -> table.topHolders(handle, limit));
  }

  /**
   * Reserves slots within the caller's transaction.
   *
   * @param wanted the most that is granted
   * @return how many are reserved; 0 if none is free
   */
  long grant(Handle handle, long wanted) {
    long free = usage(handle).free();
    long granted = Math.min(wanted, Math.min(free, Math.max(1, free / SHARES)));
    table.add(handle, granted);
    return granted;
  }

  /**
   * The same for who cannot go on without a slot: one, if none is free. rust-teos's plugin takes no
   * renewal that brings none. To be used for a user once in a subscription's duration, as it is
   * over the total.
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
   * Reserves the slots of an lnd session within the caller's transaction: one for each update.
   * lnd's clients cannot be granted fewer than they ask for; they try another tower.
   *
   * @return false if there are not as many, or too large a share of them is asked for; nothing is
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
   * Reserves the slots of an lnd session that had them before, and has lapsed, within the caller's
   * transaction. All that is free may be taken: lnd's client does not leave a session that it has.
   *
   * @return false if there are not as many; nothing is reserved then
   */
  public boolean restoreSession(Handle handle, int maxUpdates) {
    if (maxUpdates > usage(handle).free()) {
      return false;
    }
    table.add(handle, maxUpdates);
    return true;
  }

  /** Updates that a session may have at most, with all slots free. */
  public long largestSession() {
    return total / SHARES;
  }

  /** Whether {@link #reserveSession} would succeed now. */
  public boolean hasRoomForSession(int maxUpdates) {
    return hasRoomForSession(usage(), maxUpdates);
  }

  private static boolean hasRoomForSession(Usage usage, int maxUpdates) {
    return maxUpdates <= usage.free() / SHARES;
  }

  /** Returns slots, within the transaction that deletes a user or a session. */
  public void release(Handle handle, long slots) {
    table.add(handle, -slots);
  }
}
