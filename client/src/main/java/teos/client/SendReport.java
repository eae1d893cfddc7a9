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
    int accepted,
    List<AddResult.Rejected> rejected,
    int remaining,
    Optional<PendingReason> pendingReason) {

  public SendReport {
    rejected = List.copyOf(rejected);
  }
}
