package teos.client.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import teos.common.Terminal;

/** Columns for people, as wide as what is in them, or as there is room. */
final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a row. */
  Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(stripControlCharacters(cell.toString()));
    }
    rows.add(row);
    return this;
  }

  /** What comes from a tower must not move the cursor. */
  private static String stripControlCharacters(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  /**
   * The whole table.
   *
   * @param columns of the terminal; 0 for no limit. A table of names and values has none: values
   *     are there to be copied
   */
  String text(int columns) {
    int most = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[most];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    if (columns > 0 && most > 2) {
      Terminal.fit(widths, columns - GAP.length() * (most - 1));
    }
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String cell = Terminal.shortened(row.get(i), widths[i]);
      line.append(cell);
      if (i < row.size() - 1) {
        line.append(" ".repeat(widths[i] - cell.length())).append(GAP);
      }
    }
    return line.toString().stripTrailing();
  }
}
