package teos.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * Latencies (in nanoseconds) and errors of the counted requests of one sender, or of all together.
 */
final class LoadStatistics {

  private static final long MAX_NANOS = 600_000_000_000L;
  private static final int DIGITS = 3;
  private static final int MAX_ERROR_LENGTH = 120;
  private static final int MAX_ERROR_KINDS = 50;

  private final Histogram adds = new Histogram(MAX_NANOS, DIGITS);
  private final Histogram reads = new Histogram(MAX_NANOS, DIGITS);
  private final Histogram sendDelays = new Histogram(MAX_NANOS, DIGITS);
  private final Map<String, Integer> errors = new TreeMap<>();
  private long lastSuccessNanos = Long.MIN_VALUE;
  private int reconnects;

  /**
   * Records a correct response.
   *
   * @param nanos from the due time to the end of the response
   * @param end end of the response, as {@link System#nanoTime}
   */
  void recordSuccess(boolean read, long nanos, long end) {
    recordLatency(read, nanos);
    lastSuccessNanos = Math.max(lastSuccessNanos, end);
  }

  /** Records a request that was not sent or got no correct response. */
  void recordFailure(boolean read, long nanos, String why) {
    recordLatency(read, nanos);
    countError(why, 1);
  }

  private void recordLatency(boolean read, long nanos) {
    (read ? reads : adds).recordValue(Math.clamp(nanos, 0, MAX_NANOS));
  }

  /** Records how much later than possible a request was sent, which is the sender's own delay. */
  void recordSendDelay(long nanos) {
    sendDelays.recordValue(Math.clamp(nanos, 0, MAX_NANOS));
  }

  /** Returns the error text for a response with {@code status} and {@code body}. */
  static String errorText(int status, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).replaceAll("\\s+", " ").strip();
    return "HTTP " + status + " " + text.substring(0, Math.min(MAX_ERROR_LENGTH, text.length()));
  }

  void countError(String why, int times) {
    boolean known = errors.containsKey(why) || errors.size() < MAX_ERROR_KINDS;
    errors.merge(known ? why : "other errors", times, Integer::sum);
  }

  void addReconnects(int times) {
    reconnects += times;
  }

  /** Adds the statistics of another sender, whose thread has ended. */
  void merge(LoadStatistics other) {
    adds.add(other.adds);
    reads.add(other.reads);
    sendDelays.add(other.sendDelays);
    other.errors.forEach(this::countError);
    lastSuccessNanos = Math.max(lastSuccessNanos, other.lastSuccessNanos);
    reconnects += other.reconnects;
  }

  Histogram adds() {
    return adds;
  }

  Histogram reads() {
    return reads;
  }

  Histogram sendDelays() {
    return sendDelays;
  }

  /** Returns the number of occurrences of each error. */
  Map<String, Integer> errors() {
    return errors;
  }

  /** Returns when the last correct response ended, as {@link System#nanoTime}. */
  long lastSuccessNanos() {
    return lastSuccessNanos;
  }

  /** Returns how often a connection was reopened. */
  int reconnects() {
    return reconnects;
  }
}
