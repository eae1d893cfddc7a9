package teos.client.evidence;

import java.util.List;

/**
 * Result of verifying a receipt or a proof.
 *
 * @param kind {@code receipt}, or the kind of misbehaviour
 * @param checks all checks, in order
 * @param shows what the file proves to anyone; empty unless all checks passed
 * @param doesNotShow what the file does not prove; empty unless all checks passed
 */
public record VerificationReport(
    String kind,
    ReceiptParties parties,
    List<Check> checks,
    List<String> shows,
    List<String> doesNotShow) {

  public VerificationReport {
    checks = List.copyOf(checks);
    shows = List.copyOf(shows);
    doesNotShow = List.copyOf(doesNotShow);
  }

  /**
   * A single check.
   *
   * @param description statement that is true if the check passed
   */
  public record Check(String description, boolean passed) {}

  /** Returns whether all checks passed. */
  public boolean isVerified() {
    return checks.stream().allMatch(Check::passed);
  }
}
