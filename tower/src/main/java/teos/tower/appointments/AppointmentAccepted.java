package teos.tower.appointments;

import teos.protocol.AppointmentReceipt;

/**
 * An appointment that is on disk.
 *
 * @param receipt what the tower has to sign
 * @param availableSlots slots that its user has left
 * @param subscriptionExpiry height at which its user's subscription ends
 */
public record AppointmentAccepted(
    AppointmentReceipt receipt, long availableSlots, long subscriptionExpiry) {}
