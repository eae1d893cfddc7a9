package teos.teosd.web;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Number of appointments over time: each minute of the last day, and each hour of the last 90 days.
 * In memory only, so it is empty after a start.
 */
final class CountHistory {

  private static final int MINUTES = 24 * 60;
  private static final int HOURS = 90 * 24;
  private static final long HOUR_SECONDS = 3_600;

  private final Deque<Point> minutes = new ArrayDeque<>();
  private final Deque<Point> hours = new ArrayDeque<>();

  /**
   * One sample.
   *
   * @param time seconds since 1970
   * @param count number of appointments
   */
  record Point(long time, long count) {}

  /** Adds the sample of a minute. The first sample of an hour is also that of the hour. */
  synchronized void add(Point point) {
    add(minutes, point, MINUTES);
    if (hours.isEmpty() || point.time() - hours.getLast().time() >= HOUR_SECONDS) {
      add(hours, point, HOURS);
    }
  }

  private static void add(Deque<Point> points, Point point, int max) {
    points.addLast(point);
    if (points.size() > max) {
      points.removeFirst();
    }
  }

  /**
   * Returns pairs of time and count, oldest first: by the minute for the last day, by the hour
   * before that.
   */
  synchronized ArrayNode json() {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Point point : hours) {
      if (minutes.isEmpty() || point.time() < minutes.getFirst().time()) {
        all.addArray().add(point.time()).add(point.count());
      }
    }
    minutes.forEach(point -> all.addArray().add(point.time()).add(point.count()));
    return all;
  }
}
