package teos.tower.responder;

import java.util.OptionalInt;
import teos.protocol.Txid;
import teos.tower.store.NewTracker;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/**
 * An appointment whose dispute has been seen and whose blob has been opened.
 *
 * @param appointment the appointment
 * @param disputeTx the revoked commitment transaction, raw
 * @param disputeTxid its txid
 * @param disputeHeight of the block that it is in; none while it is in the mempool
 * @param penaltyTx the penalty transaction, raw
 * @param penaltyTxid its txid
 */
public record Breach(
    StoredAppointment appointment,
    byte[] disputeTx,
    Txid disputeTxid,
    OptionalInt disputeHeight,
    byte[] penaltyTx,
    Txid penaltyTxid) {

  NewTracker tracker(PenaltyStatus status) {
    Tracker tracker =
        new Tracker(
            appointment.appointment().locator(),
            appointment.user(),
            appointment.appointment().slots(),
            disputeTxid,
            disputeHeight,
            penaltyTxid,
            status);
    return new NewTracker(tracker, disputeTx, penaltyTx);
  }
}
