package teos.client.evidence;

import java.util.List;

/**
 * What came out of checking a file.
 *
 * @param kind {@code receipt}, or the kind of misbehaviour
 * @param checks all that was looked at, in order
 * @param shows what the file shows to anyone, if all checks hold
 * @param doesNotShow what nobody should read into it
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

  /** One thing that was looked at. */
  public record Check(String description, boolean passed) {}

  /** Whether the file shows what it says. */
  public boolean isVerified() {
    return checks.stream().allMatch(Check::passed);
  }
}
