package teos.teosd.net;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Rate limit per key: a number of events in a period, which may come all at once. Each key has a
 * token bucket, stored as the one time at which it will be full again (GCRA). Keys that have been
 * unused for a period are dropped, which changes nothing because their buckets are full; beyond
 * {@link #MAX_KEYS}, the least recently used ones are dropped too.
 *
 * @param <K> what is limited, such as an address or a user
 */
public final class RateLimit<K> {

  private static final int MAX_KEYS = 100_000;

  private final long interval;
  private final long period;
  private final LongSupplier clock;

  /** The clock's value at which each key's bucket is full again. */
  private final Cache<K, AtomicLong> fullAt;

  /**
   * @param events in a period; 0 for no limit
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  public RateLimit(long events, Duration period, LongSupplier clock) {
    this.period = period.toNanos();
    this.interval = events == 0 ? 0 : Math.max(1, this.period / events);
    this.clock = clock;
    this.fullAt =
        CacheBuilder.newBuilder()
            .maximumSize(MAX_KEYS)
            .expireAfterAccess(this.period, TimeUnit.NANOSECONDS)
            .build();
  }

  /**
   * Counts an event of {@code key}.
   *
   * @return empty if the event has been counted; otherwise the nanoseconds until the limit has room
   */
  public OptionalLong take(K key) {
    if (interval == 0) {
      return OptionalLong.empty();
    }
    long now = clock.getAsLong();
    AtomicLong full = fullAt(key, now);
    while (true) {
      long before = full.get();
      long after = Math.max(before - now, 0) + interval;
      if (after > period) {
        return OptionalLong.of(after - period);
      }
      if (full.compareAndSet(before, now + after)) {
        return OptionalLong.empty();
      }
    }
  }

  /**
   * Counts an event of {@code key} now or, over the limit, for the next free turn.
   *
   * @param maxTurns events that may wait for their turn
   * @param maxWait longest wait for a turn
   */
  public Reservation reserve(K key, long maxTurns, Duration maxWait) {
    if (interval == 0) {
      return new Reservation(true, 0);
    }
    long longest =
        Math.min(
            maxWait.toNanos(),
            maxTurns > Long.MAX_VALUE / interval ? Long.MAX_VALUE : maxTurns * interval);
    long now = clock.getAsLong();
    AtomicLong full = fullAt(key, now);
    while (true) {
      long before = full.get();
      long after = Math.max(before - now, 0) + interval;
      long wait = Math.max(0, after - period);
      if (wait > longest) {
        return new Reservation(false, wait);
      }
      if (full.compareAndSet(before, now + after)) {
        return new Reservation(true, wait);
      }
    }
  }

  /**
   * Turn of an event.
   *
   * @param granted whether the event has been counted
   * @param nanos until its turn
   */
  public record Reservation(boolean granted, long nanos) {}

  private AtomicLong fullAt(K key, long now) {
    try {
      return fullAt.get(key, () -> new AtomicLong(now));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // the loader throws nothing
    }
  }
}
