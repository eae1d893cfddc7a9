package teos.teosd.api;

import teos.protocol.RegistrationReceipt;

/** Result of a registration. */
public sealed interface RegistrationResult {

  /**
   * The user is registered; the registration is on disk.
   *
   * @param signature of the receipt, by the tower
   */
  record Registered(RegistrationReceipt receipt, String signature) implements RegistrationResult {}

  /** The operator does not admit this user. */
  record NotAdmitted(String why) implements RegistrationResult {}

  /** The client has exceeded the rate limit on registrations. */
  record RateLimited(String why, long retryAfterSeconds) implements RegistrationResult {}

  /** The tower temporarily registers no users, or no new ones. */
  record Unavailable(String why) implements RegistrationResult {}

  /** The user would have more slots than a u32 holds. */
  record MaxSlots(String why) implements RegistrationResult {}

  /** The key belongs to a session of lnd's protocol. */
  record SessionKey(String why) implements RegistrationResult {}
}
