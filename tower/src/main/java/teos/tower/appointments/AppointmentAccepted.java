package teos.tower.appointments;

import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;

/**
 * An appointment that is on disk.
 *
 * @param receipt what the tower has to sign
 * @param availableSlots slots that its user has left
 * @param subscriptionExpiry height at which its user's subscription ends
 * @param dialect that its user speaks
 */
public record AppointmentAccepted(
    AppointmentReceipt receipt, long availableSlots, long subscriptionExpiry, Dialect dialect) {}
