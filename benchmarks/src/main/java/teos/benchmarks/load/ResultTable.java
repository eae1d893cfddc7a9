package teos.benchmarks.load;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Prints results as rows of a Markdown table, followed by the errors. */
final class ResultTable {

  private final PrintStream out;

  ResultTable(PrintStream out) {
    this.out = out;
    out.println(
        "| tower | dialect | connections | rate | calls | good/s | p50 | p90 | p99 | p99.9 | max,"
            + " ms | errors | tower, CPU s | MiB | sender, CPU s |");
    out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
  }

  /** Prints the result of {@code tower}: one row for each call. */
  void print(String tower, LoadResult result) {
    if (result.plan().readPercent() < 100) {
      row(tower, result, "add_appointment", result.statistics().adds());
    }
    if (result.plan().readPercent() > 0) {
      row(tower, result, "get_appointment", result.statistics().reads());
    }
    result.statistics().errors().forEach((error, times) -> out.printf("%,d × %s%n", times, error));
    result.receiptFaults().forEach((fault, times) -> out.printf("%,d × %s%n", times, fault));
    if (result.exhausted()) {
      out.println("all prepared requests were sent before the time was over; raise --at-most");
    }
  }

  private void row(String tower, LoadResult result, String call, Histogram latency) {
    LoadPlan plan = result.plan();
    double share = (double) latency.getTotalCount() / Math.max(1, result.responses());
    out.printf(
        Locale.ROOT,
        "| %s | %s | %d | %s | %s | %,.0f | %s | %s | %s | %s | %s | %,d | %s | %s | %.1f |%n",
        tower,
        plan.dialect().name().toLowerCase(Locale.ROOT),
        plan.connections(),
        plan.rate().isPresent() ? plan.rate().getAsInt() + "/s" : "max",
        call,
        result.perSecond() * share,
        millis(latency.getValueAtPercentile(50)),
        millis(latency.getValueAtPercentile(90)),
        millis(latency.getValueAtPercentile(99)),
        millis(latency.getValueAtPercentile(99.9)),
        millis(latency.getMaxValue()),
        result.errors()
            + result.receiptFaults().values().stream().mapToInt(Integer::intValue).sum(),
        result.tower().map(use -> "%.1f".formatted(use.cpuSeconds())).orElse("-"),
        result.tower().map(use -> String.valueOf(use.residentMib())).orElse("-"),
        result.senderCpuSeconds());
  }

  /** Prints the details that a row has no room for. */
  void details(LoadResult result) {
    out.printf(
        Locale.ROOT,
        "%,d requests in %.1f s counted, %,d receipts checked (warm-up included), %,d faults;"
            + " %d reconnects%n",
        result.responses(),
        result.seconds(),
        result.receipts(),
        result.receiptFaults().values().stream().mapToInt(Integer::intValue).sum(),
        result.statistics().reconnects());
    out.printf(
        "the sender itself was late by %s ms at the 99th percentile, %s ms at most%n",
        millis(result.statistics().sendDelays().getValueAtPercentile(99)),
        millis(result.statistics().sendDelays().getMaxValue()));
    double each = 1e6 / Math.max(1, result.responses());
    out.printf(
        Locale.ROOT,
        "CPU time per request: sender %.0f µs%s%n",
        result.senderCpuSeconds() * each,
        result.tower().map(use -> ", tower %.0f µs".formatted(use.cpuSeconds() * each)).orElse(""));
  }

  private static String millis(long nanos) {
    return "%.2f".formatted(nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }
}
