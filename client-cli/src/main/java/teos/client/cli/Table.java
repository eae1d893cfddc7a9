package teos.client.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import teos.common.Terminal;

/** Text table whose columns are as wide as their content, within the terminal. */
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

  /** Removes control characters, which a tower could use to move the cursor. */
  private static String stripControlCharacters(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  /**
   * Returns the whole table.
   *
   * @param columns width of the terminal; 0 for no limit. A table of names and values is never
   *     shortened, so that values can be copied
   */
  String text(int columns) {
    int columnCount = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columnCount];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    if (columns > 0 && columnCount > 2) {
      Terminal.fit(widths, columns - GAP.length() * (columnCount - 1));
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
