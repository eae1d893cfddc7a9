package teos.client;

import java.util.List;
import teos.protocol.Appointment;
import teos.protocol.Txid;

/** Status of an appointment, as reported by the tower. */
public sealed interface AppointmentStatus {

  /** The tower watches for the commitment. The appointment is the one that it has signed for. */
  record BeingWatched(Appointment appointment) implements AppointmentStatus {}

  /**
   * The tower has seen the dispute and broadcast the penalty.
   *
   * @param penaltyTx raw penalty transaction
   * @param report what the tower reports about the penalty; of a bundle, its verdict is the worst
   * @param penalties penalties of a bundle; empty if the tower lists none
   */
  record DisputeResponded(
      Txid disputeTxid,
      Txid penaltyTxid,
      byte[] penaltyTx,
      PenaltyReport report,
      List<PenaltyReport.Member> penalties)
      implements AppointmentStatus {
    public DisputeResponded {
      penaltyTx = penaltyTx.clone();
      penalties = List.copyOf(penalties);
    }

    @Override
    public byte[] penaltyTx() {
      return penaltyTx.clone();
    }
  }

  /**
   * The tower does not have the appointment, and as far as the client can tell does not have to.
   *
   * @param explanation for the user
   */
  record NotFound(String explanation) implements AppointmentStatus {}
}
