package teos.tower.store;

import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.PublicKey;

/**
 * Appointment as the tower keeps it (the reference towers' "extended appointment").
 *
 * @param appointment what the user sent
 * @param user owner of the appointment
 * @param userSignature the user's signature of it
 * @param startBlock height from which the tower watches
 */
public record StoredAppointment(
    Appointment appointment, PublicKey user, String userSignature, long startBlock) {

  public AppointmentKey key() {
    return new AppointmentKey(appointment.locator(), user);
  }

  /** Returns the same appointment, watched from {@code height} on. */
  public StoredAppointment startingAt(long height) {
    return new StoredAppointment(appointment, user, userSignature, height);
  }

  public AppointmentUuid uuid() {
    return AppointmentUuid.of(appointment.locator(), user);
  }
}
