package teos.client;

import java.util.List;
import java.util.Optional;

/**
 * Result of sending the queue.
 *
 * @param accepted number of appointments that the tower has accepted
 * @param rejected appointments that the tower has rejected permanently
 * @param remaining number of appointments that are still queued
 * @param pendingReason why the first of them is; empty if the queue has been sent
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
