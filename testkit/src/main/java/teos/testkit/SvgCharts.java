package teos.testkit;

import java.util.List;
import java.util.Locale;

/** Line charts in a grid of {@value #COLUMNS} columns, as one SVG image. */
public final class SvgCharts {

  private static final int WIDTH = 320;
  private static final int HEIGHT = 190;
  private static final int MARGIN = 48;
  private static final int COLUMNS = 2;
  private static final int MAX_DOTS = 20;

  private final StringBuilder svg = new StringBuilder();
  private int charts;

  /**
   * Point of a chart.
   *
   * @param label text under the axis; empty for none
   */
  public record Point(String label, double value) {}

  /** Adds a chart whose points have equal horizontal distances. */
  public void add(String title, List<Point> points) {
    int left = charts % COLUMNS * (WIDTH + MARGIN) + MARGIN;
    int top = charts / COLUMNS * (HEIGHT + MARGIN) + MARGIN / 2;
    charts++;
    double max = Math.max(1e-9, points.stream().mapToDouble(Point::value).max().orElse(1));
    write("<text x='%d' y='%d' font-weight='bold'>%s</text>".formatted(left, top - 6, title));
    write(
        "<path d='M%d %dV%dH%d' fill='none' stroke='black'/>"
            .formatted(left, top, top + HEIGHT - 20, left + WIDTH - 20));
    write(
        "<text x='%d' y='%d' text-anchor='end'>%s</text>"
            .formatted(left - 4, top + 10, number(max)));
    write("<text x='%d' y='%d' text-anchor='end'>0</text>".formatted(left - 4, top + HEIGHT - 20));
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < points.size(); i++) {
      Point point = points.get(i);
      int x = left + 20 + i * (WIDTH - 60) / Math.max(1, points.size() - 1);
      int y = (int) (top + HEIGHT - 20 - point.value() / max * (HEIGHT - 30));
      line.append(i == 0 ? 'M' : 'L').append(x).append(' ').append(y);
      if (points.size() <= MAX_DOTS) {
        write("<circle cx='%d' cy='%d' r='3'/>".formatted(x, y));
      }
      if (!point.label().isEmpty()) {
        write(
            "<text x='%d' y='%d' text-anchor='middle'>%s</text>"
                .formatted(x, top + HEIGHT - 6, point.label()));
      }
    }
    write("<path d='%s' fill='none' stroke='steelblue' stroke-width='2'/>".formatted(line));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
  }

  private void write(String line) {
    svg.append(line).append('\n');
  }

  /** Returns the SVG image with all charts. */
  @Override
  public String toString() {
    int height = (charts + COLUMNS - 1) / COLUMNS * (HEIGHT + MARGIN);
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" \
    font-size="11">
    <rect width="100%%" height="100%%" fill="white"/>
    %s</svg>
    """
        .formatted(COLUMNS * (WIDTH + MARGIN), height, svg);
  }
}
