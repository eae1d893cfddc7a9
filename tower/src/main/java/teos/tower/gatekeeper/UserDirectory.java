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
 * What the operator is shown of users beside their subscriptions: the operator's own names for
 * them, and when they last signed a request, to within an hour. Nothing that the tower does depends
 * on it.
 *
 * <p>A request costs no write. Users that are seen are collected in memory, each at most once an
 * hour, and written together now and then by a thread of their own. A crash forgets those of the
 * last minutes.
 */
public final class UserDirectory {

  private static final Logger log = LoggerFactory.getLogger(UserDirectory.class);

  private static final Duration PRECISION = Duration.ofHours(1);
  private static final Duration BETWEEN_WRITES = Duration.ofMinutes(1);

  /**
   * Of users that are remembered: some 200 bytes each. What is more is noted with a later request.
   */
  private static final int MAX_USERS = 10_000;

  private static final int BATCH_SIZE = 200;

  private final Database database;
  private final UserNotesDBM notes = new UserNotesDBM();
  private final Capacity capacity;

  /** Users that have been noted within the hour. */
  private final Cache<PublicKey, Boolean> noted =
      CacheBuilder.newBuilder().maximumSize(MAX_USERS).expireAfterWrite(PRECISION).build();

  private final Map<PublicKey, Instant> unwritten = new ConcurrentHashMap<>();
  private final AtomicBoolean writing = new AtomicBoolean();
  private volatile long lastWrite = System.nanoTime() - BETWEEN_WRITES.toNanos();

  UserDirectory(Database database, Capacity capacity) {
    this.database = database;
    this.capacity = capacity;
  }

  /** Notes that a registered user has signed a request. */
  void seen(PublicKey user) {
    if (noted.getIfPresent(user) == null && unwritten.size() < MAX_USERS) {
      noted.put(user, true);
      unwritten.put(user, Instant.now());
    }
  }

  /**
   * Returns the notes of those of {@code ids} that are registered: what is stored, and what this
   * process has yet to write.
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
   * Stores the operator's name for a user; an empty one removes it.
   *
   * @return false if there is no such user
   */
  public boolean label(PublicKey id, String label) {
    return database.write(handle -> notes.label(handle, id, label));
  }

  /** Begins to write which users were seen, at most once a minute; returns at once. */
  public void writeNowAndThen() {
    boolean due = System.nanoTime() - lastWrite >= BETWEEN_WRITES.toNanos();
    if (due && !unwritten.isEmpty() && writing.compareAndSet(false, true)) {
      lastWrite = System.nanoTime();
      Thread.ofVirtual().name("last-seen").start(this::writeAndRelease);
    }
  }

  private void writeAndRelease() {
    try {
      write();
    } finally {
      writing.set(false);
    }
  }

  /**
   * Writes which users were seen, unless the disk has no room for it: for the end of the process.
   */
  public void write() {
    try {
      // In the order of their ids, so that processes that write at the same time do not deadlock.
      SortedMap<PublicKey, Instant> all = new TreeMap<>(Comparator.comparing(PublicKey::toHex));
      all.putAll(unwritten);
      while (!all.isEmpty() && capacity.whyNothingNew().isEmpty()) {
        write(firstOf(all));
      }
    } catch (StorageException e) {
      log.debug("when users were seen last is written later", e);
    }
  }

  private static Map<PublicKey, Instant> firstOf(SortedMap<PublicKey, Instant> all) {
    Map<PublicKey, Instant> first = new LinkedHashMap<>();
    for (var left = all.entrySet().iterator(); left.hasNext() && first.size() < BATCH_SIZE; ) {
      Map.Entry<PublicKey, Instant> next = left.next();
      first.put(next.getKey(), next.getValue());
      left.remove();
    }
    return first;
  }

  private void write(Map<PublicKey, Instant> batch) {
    database.execute(handle -> notes.seen(handle, batch, PRECISION));
    batch.forEach(unwritten::remove);
  }
}
