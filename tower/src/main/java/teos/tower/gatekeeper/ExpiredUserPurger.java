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
 * Purges expired users and their appointments. One block may make a million of them due, so they
 * are deleted in batches, with other writes between them, and mostly in a dedicated thread.
 *
 * <p>A user is deleted first, from when on the appointments are not watched; these are deleted
 * later. The users with remaining appointments are on disk, so a restarted tower continues.
 *
 * <p>While capacity is low, keys that have signed nothing are purged as well.
 */
final class ExpiredUserPurger {

  private static final Logger log = LoggerFactory.getLogger(ExpiredUserPurger.class);

  /** Users or appointments deleted in one transaction, which takes a few milliseconds. */
  private static final int BATCH_SIZE = 50;

  /** Pause after a batch, in multiples of the time that the batch took. */
  private static final int PAUSE_FACTOR = 2;

  /** Batches that run before the block counts as processed; few blocks have more to delete. */
  private static final int MAX_BATCHES_PER_BLOCK = 40;

  private final Database database;
  private final UsersDBM users;
  private final AppointmentsDBM appointments;
  private final VersionsDBM versions = new VersionsDBM();
  private final TrackersDBM trackers;
  private final Capacity capacity;
  private final Consumer<Collection<PublicKey>> onDeleted;
  private final AtomicBoolean running = new AtomicBoolean();

  /** Users whose subscription ended at this height or below are purged. */
  private volatile long height = Long.MIN_VALUE;

  /**
   * @param onDeleted called with users after they have been deleted
   */
  ExpiredUserPurger(
      Database database,
      UsersDBM users,
      AppointmentsDBM appointments,
      TrackersDBM trackers,
      Capacity capacity,
      Consumer<Collection<PublicKey>> onDeleted) {
    this.database = database;
    this.users = users;
    this.appointments = appointments;
    this.trackers = trackers;
    this.capacity = capacity;
    this.onDeleted = onDeleted;
  }

  /**
   * Deletes users registered at {@code registeredAt} or below that have signed nothing, while
   * capacity is low. No appointments were ever sent with their keys.
   */
  void purgeUnused(long registeredAt) {
    while (capacity.usage().isLow()
        && !database.read(handle -> users.unusedRegisteredBy(handle, registeredAt, 1)).isEmpty()) {
      List<PublicKey> lapsed =
          database.write(
              handle -> {
                List<UserRecord> unused =
                    users.unusedRegisteredBy(handle, registeredAt, BATCH_SIZE);
                List<PublicKey> ids = unused.stream().map(UserRecord::id).toList();
                users.delete(handle, ids);
                release(handle, unused);
                return ids;
              });
      onDeleted.accept(lapsed);
      log.atInfo()
          .addKeyValue("users", lapsed.size())
          .addKeyValue("registered_by", registeredAt)
          .log("unused registrations deleted: capacity is low");
    }
  }

  private void release(Handle handle, List<UserRecord> deleted) {
    capacity.release(handle, deleted.stream().mapToLong(UserRecord::reservedSlots).sum());
  }

  /**
   * Purges users whose subscription ended at {@code endedAt} or below; the rest continues in the
   * background if there are many.
   */
  void purgeExpired(long endedAt) {
    height = endedAt;
    for (int i = 0; i < MAX_BATCHES_PER_BLOCK; i++) {
      if (!purgeBatch()) {
        return;
      }
    }
    if (running.compareAndSet(false, true)) {
      Thread.ofVirtual().name("deletions").start(this::purgeInBackground);
    }
  }

  private void purgeInBackground() {
    try {
      log.info("purging expired users");
      long start = System.nanoTime();
      long batchStart = start;
      while (purgeBatch()) {
        TimeUnit.NANOSECONDS.sleep(
            PAUSE_FACTOR * (System.nanoTime() - batchStart)); // for other writes
        batchStart = System.nanoTime();
      }
      log.atInfo()
          .addKeyValue("seconds", (System.nanoTime() - start) / 1_000_000_000)
          .log("expired users purged");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageException e) {
      log.atInfo()
          .addKeyValue("reason", e.getMessage())
          .log("purge interrupted; it continues with the next block");
    } finally {
      running.set(false);
    }
  }

  /**
   * Purges one batch; returns whether there may be more. The batch is read in the transaction that
   * deletes it.
   */
  private boolean purgeBatch() {
    if (!database.read(handle -> users.expiredBy(handle, height, 1)).isEmpty()) {
      List<PublicKey> due = database.write(this::deleteUsers);
      onDeleted.accept(due);
      log.atInfo()
          .addKeyValue("users", due.size())
          .addKeyValue("expired_by", height)
          .log("expired users deleted");
      return true;
    }
    if (!database.read(this::prefetchBatch)) {
      return false;
    }
    database.execute(
        handle -> {
          deleteAppointments(handle);
        });
    return true;
  }

  private List<PublicKey> deleteUsers(Handle handle) {
    List<UserRecord> expired = users.expiredBy(handle, height, BATCH_SIZE);
    List<PublicKey> due = expired.stream().map(UserRecord::id).toList();
    if (!due.isEmpty()) {
      users.markForPurge(handle, due);
      release(handle, expired);
    }
    return due;
  }

  /** Reads the next batch into the caches; returns whether anything is left to delete. */
  private boolean prefetchBatch(Handle handle) {
    List<PublicKey> left = users.awaitingPurge(handle, BATCH_SIZE);
    if (!left.isEmpty()) {
      appointments.prefetchSomeOf(handle, left, BATCH_SIZE);
    }
    return !left.isEmpty();
  }

  private void deleteAppointments(Handle handle) {
    List<PublicKey> left = users.awaitingPurge(handle, BATCH_SIZE);
    if (!left.isEmpty()
        && trackers.abandonSomeOf(handle, left, BATCH_SIZE) < BATCH_SIZE
        && deleteSomeOf(handle, left) < BATCH_SIZE) {
      users.finishPurge(handle, left);
    }
  }

  private int deleteSomeOf(Handle handle, List<PublicKey> left) {
    int deleted = appointments.deleteSomeOf(handle, left, BATCH_SIZE);
    return deleted + versions.deleteSomeOf(handle, left, BATCH_SIZE - deleted);
  }

  /**
   * Finishes the purge of {@code user} within the transaction that registers the user again:
   * earlier appointments do not belong to the new subscription.
   */
  void finishPurgeOf(Handle handle, PublicKey user) {
    List<PublicKey> one = List.of(user);
    if (users.isAwaitingPurge(handle, user)) {
      while (trackers.abandonSomeOf(handle, one, BATCH_SIZE) == BATCH_SIZE
          || deleteSomeOf(handle, one) == BATCH_SIZE) {
        log.atDebug().addKeyValue("user", user).log("user returns before the purge is complete");
      }
      users.finishPurge(handle, one);
    }
  }
}
