package teos.tower.store;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Key of a tracker: an appointment has one for each penalty in its blob.
 *
 * @param locator locator of the appointment
 * @param user owner of the appointment
 * @param member position of the penalty in the bundle, from 1; 0 for a plain transaction
 */
public record TrackerKey(Locator locator, PublicKey user, int member) {

  /** Returns the key of the appointment. */
  public AppointmentKey appointment() {
    return new AppointmentKey(locator, user);
  }
}
