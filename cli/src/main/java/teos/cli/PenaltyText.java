package teos.cli;

import java.math.BigDecimal;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.Penalty;

/** Texts for people about penalties: fee rate, deadline and verdict. */
final class PenaltyText {

  private PenaltyText() {}

  /** Returns what is known about a penalty that is in no block; empty for others. */
  static String forecast(AppointmentDetails details) {
    if (details.getVerdict().isEmpty()) {
      return "";
    }
    return ", "
        + verdict(details.getVerdict())
        + rung(details)
        + (details.hasFeeRatePerKvb() ? ", " + feeRate(details.getFeeRatePerKvb()) : "")
        + deadline(details.getDeadline());
  }

  /** Returns the line about one of several penalties. */
  static String line(Penalty penalty) {
    return "penalty "
        + Hex.txid(penalty.getTxid())
        + "  "
        + penalty.getStatus().replace('_', ' ')
        + (penalty.hasFeeRatePerKvb() ? ", " + feeRate(penalty.getFeeRatePerKvb()) : "")
        + (penalty.getVerdict().isEmpty()
            ? ""
            : ", " + verdict(penalty.getVerdict()) + deadline(penalty.getDeadline()))
        + (penalty.getRefusal().isEmpty() ? "" : ": " + penalty.getRefusal());
  }

  private static String verdict(String word) {
    return switch (word) {
      case "likely" -> "likely in time";
      case "at_risk" -> "AT RISK";
      case "unlikely" -> "UNLIKELY in time";
      case "unknown" -> "without forecast";
      default -> word;
    };
  }

  private static String rung(AppointmentDetails details) {
    return details.getNRungs() == 0
        ? ""
        : ", rung " + details.getRung() + " of " + details.getNRungs();
  }

  private static String feeRate(long perKvb) {
    return BigDecimal.valueOf(perKvb, 3).stripTrailingZeros().toPlainString() + " sat/vB";
  }

  private static String deadline(int height) {
    return height == 0 ? "" : ", deadline block " + Integer.toUnsignedString(height);
  }
}
