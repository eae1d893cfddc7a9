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
  record DisputeResponded(Txid dispute, Txid penaltyTxid, byte[] penalty)
      implements AppointmentStatus {
    public DisputeResponded {
      penalty = penalty.clone();
    }

    @Override
    public byte[] penalty() {
      return penalty.clone();
    }
  }

  /**
   * It has none, and that is no breach of what it has signed, as far as can be told.
   *
   * @param why for the user
   */
  record NotFound(String why) implements AppointmentStatus {}
}
