package teos.tower.appointments;

import teos.protocol.Appointment;
import teos.tower.store.Tracker;

/** State of a user's appointment. */
public sealed interface AppointmentInfo {

  /** The dispute has not been seen. */
  record BeingWatched(Appointment appointment) implements AppointmentInfo {}

  /**
   * The dispute has been seen, and the tower is responding to it.
   *
   * @param tracker the tracker of its penalty
   * @param penaltyTx the penalty transaction, raw
   */
  record DisputeResponded(Tracker tracker, byte[] penaltyTx) implements AppointmentInfo {}
}
