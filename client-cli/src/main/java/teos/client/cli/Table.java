package teos.client.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Columns for people, as wide as what is in them. */
final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a row. */
  Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(clean(cell.toString()));
    }
    rows.add(row);
    return this;
  }

  /** What comes from a tower must not move the cursor. */
  private static String clean(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  @Override
  public String toString() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size() - 1; i++) {
        if (widths.size() == i) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
  }

  private static String line(List<String> row, List<Integer> widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String cell = row.get(i);
      line.append(cell);
      if (i < row.size() - 1) {
        line.append(" ".repeat(widths.get(i) - cell.length())).append(GAP);
      }
    }
    return line.toString().stripTrailing();
  }
}
