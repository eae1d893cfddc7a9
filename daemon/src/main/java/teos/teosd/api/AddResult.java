package teos.teosd.api;

import teos.tower.appointments.AppointmentAccepted;
import teos.tower.appointments.AppointmentRejectedException.Reason;

/** Result of an appointment that a user sent. */
public sealed interface AddResult {

  /**
   * The appointment is on disk.
   *
   * @param signature of the receipt, by the tower
   */
  record Accepted(AppointmentAccepted accepted, String signature) implements AddResult {}

  /** The tower takes no appointments at the moment. */
  record Unavailable(String why) implements AddResult {}

  /** The tower does not take this appointment; nothing has been kept of it. */
  record Rejected(Reason reason, String why) implements AddResult {}
}
