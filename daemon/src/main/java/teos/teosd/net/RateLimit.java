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
 * How often each of many may do something: so many times in a period, all at once if they like, and
 * then as often as time makes room for it. A token bucket for each, of which one number is kept:
 * when it will be full again (GCRA). Who has not come for a while is forgotten, which makes no
 * difference, and so are those of whom there are too many at a time.
 *
 * @param <K> who is counted
 */
public final class RateLimit<K> {

  private static final int MOST = 100_000;

  private final long interval;
  private final long period;
  private final LongSupplier clock;
  private final Cache<K, AtomicLong> full;

  /**
   * @param times in a period; 0 for no limit
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  public RateLimit(long times, Duration period, LongSupplier clock) {
    this.period = period.toNanos();
    this.interval = times == 0 ? 0 : Math.max(1, this.period / times);
    this.clock = clock;
    this.full =
        CacheBuilder.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(this.period, TimeUnit.NANOSECONDS)
            .build();
  }

  /**
   * Counts one time of {@code who}'s.
   *
   * @return nanoseconds after which to come again, if it is one too many; it is not counted then
   */
  public OptionalLong take(K who) {
    if (interval == 0) {
      return OptionalLong.empty();
    }
    long now = clock.getAsLong();
    AtomicLong until = of(who, now);
    while (true) {
      long before = until.get();
      long after = Math.max(before - now, 0) + interval;
      if (after > period) {
        return OptionalLong.of(after - period);
      }
      if (until.compareAndSet(before, now + after)) {
        return OptionalLong.empty();
      }
    }
  }

  /**
   * Counts one time of {@code who}'s, now or when its turn comes: those over the limit have turns
   * one after the other.
   *
   * @param maxTurns how many may wait for their turn
   * @param maxWait the longest wait for a turn
   */
  public Reservation reserve(K who, long maxTurns, Duration maxWait) {
    if (interval == 0) {
      return new Reservation(true, 0);
    }
    long longest =
        Math.min(
            maxWait.toNanos(),
            maxTurns > Long.MAX_VALUE / interval ? Long.MAX_VALUE : maxTurns * interval);
    long now = clock.getAsLong();
    AtomicLong until = of(who, now);
    while (true) {
      long before = until.get();
      long after = Math.max(before - now, 0) + interval;
      long wait = Math.max(0, after - period);
      if (wait > longest) {
        return new Reservation(false, wait);
      }
      if (until.compareAndSet(before, now + after)) {
        return new Reservation(true, wait);
      }
    }
  }

  /**
   * When one over the limit may go on.
   *
   * @param granted whether it has been counted
   * @param nanos until then
   */
  public record Reservation(boolean granted, long nanos) {}

  private AtomicLong of(K who, long now) {
    try {
      return full.get(who, () -> new AtomicLong(now));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // nothing in it throws
    }
  }
}
