package teos.tower.appointments;

import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;

/**
 * Result for an appointment that is on disk.
 *
 * @param receipt the receipt, which the tower must sign
 * @param availableSlots slots that the user has left
 * @param subscriptionExpiry height at which the user's subscription ends
 * @param dialect dialect of the user's client
 */
public record AppointmentAccepted(
    AppointmentReceipt receipt, long availableSlots, long subscriptionExpiry, Dialect dialect) {}
