package teos.client;

import java.nio.file.Path;
import teos.client.evidence.Receipt;
import teos.client.wire.TowerError;

/** Result of adding an appointment, which is on disk in each case. */
public sealed interface AddResult {

  /**
   * The tower has accepted the appointment and signed a receipt.
   *
   * @param receipt newest receipt for the locator, verified and saved
   * @param availableSlots slots left, as last reported by the tower
   * @param subscriptionExpiry height at which the subscription ends, as last reported by the tower
   */
  record Accepted(Receipt receipt, long availableSlots, long subscriptionExpiry)
      implements AddResult {}

  /** The appointment is queued. */
  record Queued(PendingReason reason) implements AddResult {}

  /**
   * The tower rejects the appointment permanently.
   *
   * @param file file in {@code rejected/} with the appointment and the error
   */
  record Rejected(TowerError error, Path file) implements AddResult {}
}
