package teos.tower.gatekeeper;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.PublicKey;
import teos.tower.database.Database;
import teos.tower.database.StorageException;
import teos.tower.store.UserNotes;
import teos.tower.store.UserNotesDBM;

/**
 * Data about users that only the operator sees: the operator's labels for them, and when they last
 * signed a request, to within an hour. Nothing else in the tower depends on it.
 *
 * <p>A request causes no write. Users that are seen are collected in memory, each at most once an
 * hour, and written in batches by a dedicated thread. A crash loses those of the last minutes.
 */
public final class UserDirectory {

  private static final Logger log = LoggerFactory.getLogger(UserDirectory.class);

  private static final Duration PRECISION = Duration.ofHours(1);
  private static final Duration WRITE_INTERVAL = Duration.ofMinutes(1);

  /**
   * Maximum number of users kept in memory, some 200 bytes each. Others are recorded with a later
   * request.
   */
  private static final int MAX_USERS = 10_000;

  private static final int BATCH_SIZE = 200;

  private final Database database;
  private final UserNotesDBM notes = new UserNotesDBM();
  private final Capacity capacity;

  /** Users that have been recorded within the hour. */
  private final Cache<PublicKey, Boolean> recentlySeen =
      CacheBuilder.newBuilder().maximumSize(MAX_USERS).expireAfterWrite(PRECISION).build();

  private final Map<PublicKey, Instant> unwritten = new ConcurrentHashMap<>();
  private final AtomicBoolean writing = new AtomicBoolean();
  private volatile long lastWrite = System.nanoTime() - WRITE_INTERVAL.toNanos();

  UserDirectory(Database database, Capacity capacity) {
    this.database = database;
    this.capacity = capacity;
  }

  /** Records that a registered user has signed a request. */
  void recordSeen(PublicKey user) {
    if (recentlySeen.getIfPresent(user) == null && unwritten.size() < MAX_USERS) {
      recentlySeen.put(user, true);
      unwritten.put(user, Instant.now());
    }
  }

  /**
   * Returns the notes of the registered users among {@code ids}, including those that this process
   * has not written yet.
   */
  public Map<PublicKey, UserNotes> notes(Collection<PublicKey> ids) {
    Map<PublicKey, UserNotes> known = database.read(handle -> notes.load(handle, ids));
    known.replaceAll(
        (id, stored) -> {
          Instant at = unwritten.get(id);
          return at == null ? stored : stored.seen(at);
        });
    return known;
  }

  /**
   * Stores the operator's label for a user; an empty one removes it.
   *
   * @return false if there is no such user
   */
  public boolean setLabel(PublicKey id, String label) {
    return database.write(handle -> notes.setLabel(handle, id, label));
  }

  /** Starts writing the last-seen times, at most once a minute. Does not block. */
  public void startWritingIfDue() {
    boolean due = System.nanoTime() - lastWrite >= WRITE_INTERVAL.toNanos();
    if (due && !unwritten.isEmpty() && writing.compareAndSet(false, true)) {
      lastWrite = System.nanoTime();
      Thread.ofVirtual().name("last-seen").start(this::writeAndRelease);
    }
  }

  private void writeAndRelease() {
    try {
      writePending();
    } finally {
      writing.set(false);
    }
  }

  /**
   * Writes the last-seen times, unless the disk is full. For shutdown and the background writer.
   */
  public void writePending() {
    try {
      // Ordered by id, so that concurrent writes of several processes do not deadlock.
      SortedMap<PublicKey, Instant> pending = new TreeMap<>(Comparator.comparing(PublicKey::toHex));
      pending.putAll(unwritten);
      while (!pending.isEmpty() && capacity.noNewDataReason().isEmpty()) {
        writePending(removeBatch(pending));
      }
    } catch (StorageException e) {
      log.debug("cannot write last-seen times; retrying", e);
    }
  }

  private static Map<PublicKey, Instant> removeBatch(SortedMap<PublicKey, Instant> pending) {
    Map<PublicKey, Instant> batch = new LinkedHashMap<>();
    for (var left = pending.entrySet().iterator(); left.hasNext() && batch.size() < BATCH_SIZE; ) {
      Map.Entry<PublicKey, Instant> next = left.next();
      batch.put(next.getKey(), next.getValue());
      left.remove();
    }
    return batch;
  }

  private void writePending(Map<PublicKey, Instant> batch) {
    database.execute(handle -> notes.storeLastSeen(handle, batch, PRECISION));
    batch.forEach(unwritten::remove);
  }
}
