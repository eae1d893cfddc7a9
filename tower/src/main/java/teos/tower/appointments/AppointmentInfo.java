package teos.tower.appointments;

import java.util.List;
import teos.protocol.Appointment;
import teos.tower.store.Tracker;

/** State of a user's appointment. */
public sealed interface AppointmentInfo {

  /** The dispute has not been seen. */
  record BeingWatched(Appointment appointment) implements AppointmentInfo {}

  /**
   * The dispute has been seen, and the tower is responding to it.
   *
   * @param tracker the tracker that represents the appointment
   * @param all all trackers of the appointment
   * @param penaltyTx penalty transaction of {@code tracker}, raw
   */
  record DisputeResponded(Tracker tracker, List<Tracker> all, byte[] penaltyTx)
      implements AppointmentInfo {}
}
