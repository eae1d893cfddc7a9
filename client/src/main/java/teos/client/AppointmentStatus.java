package teos.client;

import teos.protocol.Appointment;
import teos.protocol.Txid;

/** What the tower says of an appointment. */
public sealed interface AppointmentStatus {

  /** It watches; the appointment is the one that it has signed for. */
  record BeingWatched(Appointment appointment) implements AppointmentStatus {}

  /**
   * The dispute was seen and answered.
   *
   * @param penalty raw
   */
  record DisputeResponded(Txid disputeTxid, Txid penaltyTxid, byte[] penaltyTx)
      implements AppointmentStatus {
    public DisputeResponded {
      penaltyTx = penaltyTx.clone();
    }

    @Override
    public byte[] penaltyTx() {
      return penaltyTx.clone();
    }
  }

  /**
   * It has none, and that is no breach of what it has signed, as far as can be told.
   *
   * @param why for the user
   */
  record NotFound(String explanation) implements AppointmentStatus {}
}
