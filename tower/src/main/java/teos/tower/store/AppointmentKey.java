package teos.tower.store;

import teos.protocol.Locator;
import teos.protocol.PublicKey;

/**
 * What an appointment, and the tracker that it becomes, is stored under. Keys have an order: by
 * locator, then by user.
 *
 * @param locator the appointment's locator
 * @param user whose it is
 */
public record AppointmentKey(Locator locator, PublicKey user) {}
