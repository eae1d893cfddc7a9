package teos.teosd.process;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes a second signal from a first one that arrives twice: {@code timeout} sends one to
 * the process and one to its group, and so may a terminal.
 */
final class SignalFilter {

  /** Kind of a signal. */
  enum Kind {
    /** The first. */
    FIRST,
    /** A repetition of the first within a second. */
    REPEATED,
    /** A later one: the operator does not want to wait. */
    SECOND
  }

  static final Duration SAME_REQUEST = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private @Nullable Long first;

  SignalFilter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Records a signal that has just arrived, and returns its kind. */
  synchronized Kind received() {
    long now = nanoTime.getAsLong();
    if (first == null) {
      first = now;
      return Kind.FIRST;
    }
    return now - first > SAME_REQUEST.toNanos() ? Kind.SECOND : Kind.REPEATED;
  }
}
