package teos.client;

import java.util.List;
import java.util.Optional;

/**
 * What sending the queue has come to.
 *
 * @param taken appointments that the tower has now signed for
 * @param rejected what it has refused for good
 * @param left how many still wait
 * @param waiting why they do; empty if none does
 */
public record SendReport(
    int taken, List<AddResult.Rejected> rejected, int left, Optional<PendingReason> waiting) {

  public SendReport {
    rejected = List.copyOf(rejected);
  }
}
