package teos.teosd.web;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many appointments there were over time: each minute of the last day, and each hour of the
 * last ninety. In memory: it begins anew with each start.
 */
final class CountHistory {

  private static final int MINUTES = 24 * 60;
  private static final int HOURS = 90 * 24;
  private static final long HOUR_SECONDS = 3_600;

  private final Deque<Point> minutes = new ArrayDeque<>();
  private final Deque<Point> hours = new ArrayDeque<>();

  /**
   * @param time seconds since 1970
   * @param count of appointments
   */
  record Point(long time, long count) {}

  /** Notes the count of a minute; an hour's is the first of its minutes'. */
  synchronized void add(Point point) {
    add(minutes, point, MINUTES);
    if (hours.isEmpty() || point.time() - hours.getLast().time() >= HOUR_SECONDS) {
      add(hours, point, HOURS);
    }
  }

  private static void add(Deque<Point> points, Point point, int most) {
    points.addLast(point);
    if (points.size() > most) {
      points.removeFirst();
    }
  }

  /**
   * Pairs of time and count, oldest first: by the hour, and by the minute where there are minutes.
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
