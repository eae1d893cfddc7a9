package teos.tower.responder;

import java.util.OptionalInt;
import teos.tower.store.NewTracker;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.RawTransaction;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/**
 * An appointment whose dispute has been seen and whose blob has been decrypted.
 *
 * @param appointment the appointment
 * @param dispute the revoked commitment transaction
 * @param disputeHeight height of the dispute's block; empty while it is in the mempool
 * @param penalty the penalty transaction
 */
public record Breach(
    StoredAppointment appointment,
    RawTransaction dispute,
    OptionalInt disputeHeight,
    RawTransaction penalty) {

  NewTracker tracker(PenaltyStatus status) {
    Tracker tracker =
        new Tracker(
            appointment.appointment().locator(),
            appointment.user(),
            appointment.appointment().slots(),
            dispute.txid(),
            disputeHeight,
            penalty.txid(),
            status);
    return new NewTracker(tracker, dispute.bytes(), penalty.bytes());
  }
}
