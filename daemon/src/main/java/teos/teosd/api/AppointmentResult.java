package teos.teosd.api;

import teos.tower.appointments.AppointmentInfo;

/** Result of looking up one appointment of a user. */
public sealed interface AppointmentResult {

  /** The appointment with its state. */
  record Found(AppointmentInfo info) implements AppointmentResult {}

  /** The user has no such appointment. */
  record NotFound() implements AppointmentResult {}

  /** The user's subscription ended at the height {@code expiry}. */
  record Expired(long expiry) implements AppointmentResult {}
}
