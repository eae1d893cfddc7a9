package teos.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What one connection, or all of them together, have seen while it counted. In nanoseconds. */
final class LoadStatistics {

  private static final long LONGEST_NANOS = 600_000_000_000L;
  private static final int DIGITS = 3;
  private static final int ERROR_CHARACTERS = 120;
  private static final int MOST_KINDS = 50;

  private final Histogram adds = new Histogram(LONGEST_NANOS, DIGITS);
  private final Histogram reads = new Histogram(LONGEST_NANOS, DIGITS);
  private final Histogram late = new Histogram(LONGEST_NANOS, DIGITS);
  private final Map<String, Integer> errors = new TreeMap<>();
  private long lastNanos = Long.MIN_VALUE;
  private int reconnects;

  /**
   * An answer as it should be.
   *
   * @param nanos from when it was due to the end of the answer
   * @param end when that was, {@link System#nanoTime}
   */
  void answered(boolean read, long nanos, long end) {
    waited(read, nanos);
    lastNanos = Math.max(lastNanos, end);
  }

  /** A request that was not answered as it should be, or not sent, and took so long. */
  void failed(boolean read, long nanos, String why) {
    waited(read, nanos);
    count(why, 1);
  }

  private void waited(boolean read, long nanos) {
    (read ? reads : adds).recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
  }

  /** How much later than it could have been a request was sent: the tool's own doing. */
  void sentLate(long nanos) {
    late.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
  }

  /** An error by the status and the text that came with it. */
  static String refusal(int status, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).replaceAll("\\s+", " ").strip();
    return "HTTP " + status + " " + text.substring(0, Math.min(ERROR_CHARACTERS, text.length()));
  }

  void count(String why, int times) {
    boolean known = errors.containsKey(why) || errors.size() < MOST_KINDS;
    errors.merge(known ? why : "others", times, Integer::sum);
  }

  void reconnected(int times) {
    reconnects += times;
  }

  /** Takes in what another has seen, whose thread has ended. */
  void add(LoadStatistics other) {
    adds.add(other.adds);
    reads.add(other.reads);
    late.add(other.late);
    other.errors.forEach(this::count);
    lastNanos = Math.max(lastNanos, other.lastNanos);
    reconnects += other.reconnects;
  }

  Histogram adds() {
    return adds;
  }

  Histogram reads() {
    return reads;
  }

  Histogram late() {
    return late;
  }

  /** How often each error was seen. */
  Map<String, Integer> errors() {
    return errors;
  }

  /** When the last good answer had come, {@link System#nanoTime}. */
  long lastNanos() {
    return lastNanos;
  }

  /** How often a connection was opened again. */
  int reconnects() {
    return reconnects;
  }
}
