package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws what was measured against the number of appointments, as an SVG. */
final class Curves {

  private static final int WIDTH = 320;
  private static final int HEIGHT = 190;
  private static final int MARGIN = 48;
  private static final int COLUMNS = 2;

  private final StringBuilder svg = new StringBuilder();
  private final List<BigTower.Row> rows;
  private int panels;

  private Curves(List<BigTower.Row> rows) {
    this.rows = rows;
  }

  static void write(Path file, List<BigTower.Row> rows) throws IOException {
    Curves curves = new Curves(rows);
    curves.panel("start to ready, s", BigTower.Row::start);
    curves.panel("add_appointment, 32 connections, 1/s", BigTower.Row::adds);
    curves.panel("a block of 4,000 looked up, at most, ms", BigTower.Row::lookup);
    curves.panel("block of 4,000 to the penalty, ms", BigTower.Row::penalty);
    curves.panel("an add while many are deleted, at most, ms", BigTower.Row::whileDeleted);
    curves.panel("all of them deleted in, s", BigTower.Row::deletion);
    curves.panel("resident, MiB", BigTower.Row::resident);
    int height = (curves.panels + COLUMNS - 1) / COLUMNS * (HEIGHT + MARGIN);
    String whole =
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" \
        font-size="11">
        <rect width="100%%" height="100%%" fill="white"/>
        %s</svg>
        """
            .formatted(COLUMNS * (WIDTH + MARGIN), height, curves.svg);
    Files.writeString(file, whole);
  }

  private void panel(String title, ToDoubleFunction<BigTower.Row> value) {
    int left = panels % COLUMNS * (WIDTH + MARGIN) + MARGIN;
    int top = panels / COLUMNS * (HEIGHT + MARGIN) + MARGIN / 2;
    panels++;
    double most = Math.max(1e-9, rows.stream().mapToDouble(value).max().orElse(1));
    add("<text x='%d' y='%d' font-weight='bold'>%s</text>", left, top - 6, title);
    add("<path d='M%d %dV%dH%d' fill='none' stroke='black'/>", left, top, top + HEIGHT - 20,
        left + WIDTH - 20);
    add("<text x='%d' y='%d' text-anchor='end'>%s</text>", left - 4, top + 10, number(most));
    add("<text x='%d' y='%d' text-anchor='end'>0</text>", left - 4, top + HEIGHT - 20);
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      BigTower.Row row = rows.get(i);
      int x = left + 20 + i * (WIDTH - 60) / Math.max(1, rows.size() - 1);
      int y = (int) (top + HEIGHT - 20 - value.applyAsDouble(row) / most * (HEIGHT - 30));
      line.append(i == 0 ? 'M' : 'L').append(x).append(' ').append(y);
      add("<circle cx='%d' cy='%d' r='3'/>", x, y);
      add("<text x='%d' y='%d' text-anchor='middle'>%s</text>", x, top + HEIGHT - 6,
          "10^" + Math.round(Math.log10(row.stored())));
    }
    add("<path d='%s' fill='none' stroke='steelblue' stroke-width='2'/>", line);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
