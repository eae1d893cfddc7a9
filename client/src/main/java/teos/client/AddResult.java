package teos.client;

import java.nio.file.Path;
import teos.client.evidence.Receipt;
import teos.client.wire.TowerError;

/** What has become of an appointment that was handed in. It is on disk in any case. */
public sealed interface AddResult {

  /**
   * The tower has taken it and signed.
   *
   * @param receipt the newest for its locator, checked and kept
   * @param availableSlots slots left, as the tower last said
   * @param subscriptionExpiry height at which the subscription ends, as the tower last said
   */
  record Accepted(Receipt receipt, long availableSlots, long subscriptionExpiry)
      implements AddResult {}

  /** It waits in the queue. */
  record Queued(PendingReason reason) implements AddResult {}

  /**
   * The tower refuses it, and would again.
   *
   * @param file where the appointment is kept now, with the reason
   */
  record Rejected(TowerError error, Path file) implements AddResult {}
}
