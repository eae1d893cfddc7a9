package teos.teosd.api;

import teos.tower.appointments.AppointmentInfo;

/** Result of looking up one appointment of a user. */
public sealed interface AppointmentResult {

  /** The appointment, and what has become of it. */
  record Found(AppointmentInfo info) implements AppointmentResult {}

  /** The user has no such appointment. */
  record NotFound() implements AppointmentResult {}

  /** The user's subscription has ended, at this height. */
  record Expired(long expiry) implements AppointmentResult {}
}
