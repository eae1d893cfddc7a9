package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import teos.testkit.SvgCharts;

/** Draws what was measured against the number of appointments, as an SVG. */
final class Curves {

  private final SvgCharts charts = new SvgCharts();
  private final List<BigTower.Row> rows;

  private Curves(List<BigTower.Row> rows) {
    this.rows = rows;
  }

  static void write(Path file, List<BigTower.Row> rows) throws IOException {
    Curves curves = new Curves(rows);
    curves.add("start to ready, s", BigTower.Row::start);
    curves.add("add_appointment, 32 connections, 1/s", BigTower.Row::adds);
    curves.add("a block of 4,000 looked up, at most, ms", BigTower.Row::lookup);
    curves.add("block of 4,000 to the penalty, ms", BigTower.Row::penalty);
    curves.add("an add while many are deleted, at most, ms", BigTower.Row::whileDeleted);
    curves.add("all of them deleted in, s", BigTower.Row::deletion);
    curves.add("resident, MiB", BigTower.Row::resident);
    Files.writeString(file, curves.charts.toString());
  }

  private void add(String title, ToDoubleFunction<BigTower.Row> value) {
    charts.add(
        title,
        rows.stream()
            .map(
                row ->
                    new SvgCharts.Point(
                        "10^" + Math.round(Math.log10(row.stored())), value.applyAsDouble(row)))
            .toList());
  }
}
