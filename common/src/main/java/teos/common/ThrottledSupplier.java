package teos.common;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Supplier of a value that is costly to read: it keeps the last value for so long that reading
 * takes up at most a fixed share of the time, however often it is asked. Thread-safe; a thread that
 * asks while another one reads waits for that value.
 */
public final class ThrottledSupplier<T> implements Supplier<T> {

  private final Supplier<T> read;
  private final long minNanos;
  private final int pauseFactor;
  private final LongSupplier clock;
  private @Nullable Kept<T> kept;

  private record Kept<T>(T value, long until) {}

  /**
   * @param read reads the value
   * @param minAge time for which each value is kept at least
   * @param pauseFactor how many times as long as reading it took, each value is kept at least
   */
  public ThrottledSupplier(Supplier<T> read, Duration minAge, int pauseFactor) {
    this(read, minAge, pauseFactor, System::nanoTime);
  }

  ThrottledSupplier(Supplier<T> read, Duration minAge, int pauseFactor, LongSupplier clock) {
    this.read = read;
    this.minNanos = minAge.toNanos();
    this.pauseFactor = pauseFactor;
    this.clock = clock;
  }

  @Override
  public synchronized T get() {
    long start = clock.getAsLong();
    if (kept == null || start - kept.until >= 0) {
      T value = read.get();
      long end = clock.getAsLong();
      kept = new Kept<>(value, end + Math.max(minNanos, (end - start) * pauseFactor));
    }
    return kept.value;
  }
}
