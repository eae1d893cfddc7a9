package teos.tower.store;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * Key of an appointment and of the tracker that it becomes. Keys are ordered by locator, then by
 * user.
 *
 * @param locator locator of the appointment
 * @param user owner of the appointment
 */
public record AppointmentKey(Locator locator, PublicKey user) {}
