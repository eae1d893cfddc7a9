package teos.tower.gatekeeper;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UsersDBM;
import teos.tower.store.VersionsDBM;

/**
 * Deletes users and their appointments, of which there may be a million due in one block: in
 * pieces, between which others write, and most of them in a thread of its own.
 *
 * <p>A user that is deleted is none at once; the appointments, which nothing looks at any more,
 * follow. Which users' are left is on disk: a tower that ends meanwhile goes on with them.
 *
 * <p>When capacity is low, keys that have never signed anything are deleted, too.
 */
final class ExpiredUserPurger {

  private static final Logger log = LoggerFactory.getLogger(ExpiredUserPurger.class);

  /** Of users, or of appointments, deleted in one transaction: a few milliseconds' worth. */
  private static final int PIECE = 50;

  /** Of the time that a piece takes: for so long the next one waits. */
  private static final int PAUSES = 2;

  /** Pieces for which a block waits; few have more than that to be deleted. */
  private static final int PIECES_AT_ONCE = 40;

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final VersionsDBM versions = new VersionsDBM();
  private final TrackersDBM trackers;
  private final Capacity capacity;
  private final Consumer<Collection<PublicKey>> deleted;
  private final AtomicBoolean running = new AtomicBoolean();

  /** Users whose subscription ended at this height or before are deleted. */
  private volatile long height = Long.MIN_VALUE;

  /**
   * @param deleted told of users when they are none any more
   */
  ExpiredUserPurger(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Capacity capacity,
      Consumer<Collection<PublicKey>> deleted) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.trackers = trackers;
    this.capacity = capacity;
    this.deleted = deleted;
  }

  /**
   * Deletes users registered at {@code registeredAt} or before that have never signed a request, as
   * long as capacity is low: nothing was ever sent to the tower with their keys.
   */
  void deleteUnused(long registeredAt) {
    while (capacity.usage().isLow()
        && !database.read(handle -> users.unusedSince(handle, registeredAt, 1)).isEmpty()) {
      List<PublicKey> lapsed =
          database.write(
              handle -> {
                List<UserRecord> unused = users.unusedSince(handle, registeredAt, PIECE);
                List<PublicKey> ids = unused.stream().map(UserRecord::id).toList();
                users.delete(handle, ids);
                release(handle, unused);
                return ids;
              });
      deleted.accept(lapsed);
      log.atInfo()
          .addKeyValue("users", lapsed.size())
          .addKeyValue("registered_by", registeredAt)
          .log("unused registrations have lapsed: capacity is low");
    }
  }

  private void release(Handle handle, List<UserRecord> gone) {
    capacity.release(handle, gone.stream().mapToLong(UserRecord::reservedSlots).sum());
  }

  /**
   * Deletes those whose subscription ended at {@code endedAt} or before; perhaps not all at once.
   */
  void delete(long endedAt) {
    height = endedAt;
    for (int i = 0; i < PIECES_AT_ONCE; i++) {
      if (!deletePiece()) {
        return;
      }
    }
    if (running.compareAndSet(false, true)) {
      Thread.ofVirtual().name("deletions").start(this::deleteAll);
    }
  }

  private void deleteAll() {
    try {
      log.info("deleting what outdated subscriptions have left");
      long start = System.nanoTime();
      long begun = start;
      while (deletePiece()) {
        TimeUnit.NANOSECONDS.sleep(PAUSES * (System.nanoTime() - begun)); // the others' time
        begun = System.nanoTime();
      }
      log.info("deleted in {} s", (System.nanoTime() - start) / 1_000_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageException e) {
      log.info("deleting goes on with the next block: {}", e.getMessage());
    } finally {
      running.set(false);
    }
  }

  /**
   * Whether there may be more to be deleted. What is due is read in the transaction that deletes
   * it.
   */
  private boolean deletePiece() {
    if (!database.read(handle -> users.expiredBy(handle, height, 1)).isEmpty()) {
      List<PublicKey> due = database.write(this::deleteUsers);
      deleted.accept(due);
      log.info("{} users deleted: subscriptions ended at block {} or before", due.size(), height);
      return true;
    }
    if (!database.read(this::fetchSome)) {
      return false;
    }
    database.execute(
        handle -> {
          deleteAppointments(handle);
        });
    return true;
  }

  private List<PublicKey> deleteUsers(Handle handle) {
    List<UserRecord> expired = users.expiredBy(handle, height, PIECE);
    List<PublicKey> due = expired.stream().map(UserRecord::id).toList();
    if (!due.isEmpty()) {
      users.makeOutdated(handle, due);
      release(handle, expired);
    }
    return due;
  }

  /** Whether there is anything left to be deleted. */
  private boolean fetchSome(Handle handle) {
    List<PublicKey> left = users.outdated(handle, PIECE);
    if (!left.isEmpty()) {
      appointments.fetchSomeOf(handle, left, PIECE);
    }
    return !left.isEmpty();
  }

  private void deleteAppointments(Handle handle) {
    List<PublicKey> left = users.outdated(handle, PIECE);
    if (!left.isEmpty()
        && trackers.giveUpSomeOf(handle, left, PIECE) < PIECE
        && deleteSomeOf(handle, left) < PIECE) {
      users.forgetOutdated(handle, left);
    }
  }

  private int deleteSomeOf(Handle handle, List<PublicKey> left) {
    int deleted = appointments.deleteSomeOf(handle, left, PIECE);
    return deleted + versions.deleteSomeOf(handle, left, PIECE - deleted);
  }

  /**
   * Within the transaction that registers {@code user}: what was theirs before is not theirs now.
   */
  void finish(Handle handle, PublicKey user) {
    List<PublicKey> one = List.of(user);
    if (users.isOutdated(handle, user)) {
      while (trackers.giveUpSomeOf(handle, one, PIECE) == PIECE
          || deleteSomeOf(handle, one) == PIECE) {
        log.debug("user {} comes back before all was deleted", user);
      }
      users.forgetOutdated(handle, one);
    }
  }
}
