package teos.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import teos.testkit.SvgCharts;

/** Draws the measurements against the number of stored appointments, as an SVG. */
final class Curves {

  private final SvgCharts charts = new SvgCharts();
  private final List<BigTower.Row> rows;

  private Curves(List<BigTower.Row> rows) {
    this.rows = rows;
  }

  static void write(Path file, List<BigTower.Row> rows) throws IOException {
    Curves curves = new Curves(rows);
    curves.add("start to ready, s", BigTower.Row::startSeconds);
    curves.add("add_appointment, 32 connections, 1/s", BigTower.Row::addsPerSecond);
    curves.add("lookup of a block of 4,000 transactions, ms, max", BigTower.Row::maxLookup);
    curves.add("block of 4,000 transactions to the penalty, ms", BigTower.Row::meanPenalty);
    curves.add("add_appointment during the deletion, ms, max", BigTower.Row::maxAddDuringDeletion);
    curves.add("deletion of half of them, s", BigTower.Row::deletionSeconds);
    curves.add("resident, MiB", BigTower.Row::residentMib);
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
