package teos.teosd.process;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells a second signal from a first one that came twice: {@code timeout} sends one to the process
 * and one to its group, and a terminal may do so as well.
 */
final class SignalFilter {

  /** What a signal is. */
  enum Kind {
    /** The first. */
    FIRST,
    /** A repetition of the first within a second. */
    REPEATED,
    /** Somebody does not want to wait. */
    SECOND
  }

  static final Duration SAME_REQUEST = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private @Nullable Long first;

  SignalFilter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What the signal is that has come now. */
  synchronized Kind received() {
    long now = nanoTime.getAsLong();
    if (first == null) {
      first = now;
      return Kind.FIRST;
    }
    return now - first > SAME_REQUEST.toNanos() ? Kind.SECOND : Kind.REPEATED;
  }
}
