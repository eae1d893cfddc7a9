package teos.client.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.StringJoiner;
import teos.client.AppointmentStatus.DisputeResponded;
import teos.client.PenaltyReport;

/** Adds to the output of get_appointment what the tower reports about penalties. */
final class PenaltyOutput {

  private PenaltyOutput() {}

  /** Adds the fields as the tower names them. */
  static void addTo(ObjectNode json, DisputeResponded responded) {
    addTo(json, responded.report());
    if (!responded.penalties().isEmpty()) {
      ArrayNode penalties = json.putArray("penalties");
      for (PenaltyReport.Member each : responded.penalties()) {
        addTo(penalties.addObject().put("penalty_txid", each.txid().toString()), each.report());
      }
    }
  }

  private static void addTo(ObjectNode json, PenaltyReport report) {
    report.status().ifPresent(status -> json.put("penalty_status", status));
    report.feeRate().ifPresent(rate -> json.put("fee_rate_per_kvb", rate));
    report.deadline().ifPresent(height -> json.put("deadline", height));
    report.verdict().ifPresent(verdict -> json.put("verdict", verdict));
  }

  /** Adds rows for people. */
  static void addTo(Table table, DisputeResponded responded) {
    PenaltyReport report = responded.report();
    report.status().ifPresent(status -> table.row("Penalty status", words(status)));
    report.feeRate().ifPresent(rate -> table.row("Fee rate", feeRate(rate)));
    report.deadline().ifPresent(height -> table.row("Deadline", "block " + height));
    report
        .verdict()
        .ifPresent(verdict -> table.row("Confirms in time", verdict(verdict, report.isAtRisk())));
    for (PenaltyReport.Member each : responded.penalties()) {
      table.row("Penalty of the bundle", each.txid() + " " + line(each.report()));
    }
  }

  private static String verdict(String verdict, boolean atRisk) {
    return atRisk
        ? words(verdict).toUpperCase(Locale.ROOT)
            + ": bump it with a child that spends its output (CPFP)"
        : words(verdict);
  }

  private static String line(PenaltyReport report) {
    StringJoiner line = new StringJoiner(", ");
    report.status().ifPresent(status -> line.add(words(status)));
    report.feeRate().ifPresent(rate -> line.add(feeRate(rate)));
    report.verdict().ifPresent(verdict -> line.add(words(verdict)));
    return line.toString();
  }

  private static String words(String word) {
    return word.replace('_', ' ');
  }

  private static String feeRate(long perKvb) {
    return BigDecimal.valueOf(perKvb, 3).stripTrailingZeros().toPlainString() + " sat/vB";
  }
}
