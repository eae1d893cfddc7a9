package teos.teosd.api;

import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentRejectedException.Reason;

/** Result of adding an appointment. */
public sealed interface AddResult {

  /**
   * The appointment is on disk.
   *
   * @param signature of the receipt, by the tower
   */
  record Accepted(AppointmentAccepted accepted, String signature) implements AddResult {}

  /** The tower temporarily accepts no appointments. */
  record Unavailable(String why) implements AddResult {}

  /** The tower rejects this appointment and has stored nothing of it. */
  record Rejected(Reason reason, String why) implements AddResult {}
}
