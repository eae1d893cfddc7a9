package teos.tower.appointments;

import teos.protocol.Appointment;
import teos.tower.store.Tracker;

/** What the tower knows of an appointment of a user's. */
public sealed interface AppointmentInfo {

  /** Its dispute has not been seen. */
  record BeingWatched(Appointment appointment) implements AppointmentInfo {}

  /**
   * Its dispute has been seen, and is being answered.
   *
   * @param penaltyTx the penalty transaction, raw
   */
  record DisputeResponded(Tracker tracker, byte[] penaltyTx) implements AppointmentInfo {}
}
