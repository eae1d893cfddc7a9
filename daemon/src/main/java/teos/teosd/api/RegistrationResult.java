package teos.teosd.api;

import teos.protocol.RegistrationReceipt;

/** Result of a registration. */
public sealed interface RegistrationResult {

  /**
   * The user is registered; on disk.
   *
   * @param signature of the receipt, by the tower
   */
  record Registered(RegistrationReceipt receipt, String signature) implements RegistrationResult {}

  /** The tower is not for this user. */
  record NotAdmitted(String why) implements RegistrationResult {}

  /** The tower registers nobody, or nobody new, at the moment. */
  record Unavailable(String why) implements RegistrationResult {}

  /** The user would have more slots than a u32 holds. */
  record MaxSlots(String why) implements RegistrationResult {}

  /** The key has a session of lnd's protocol. */
  record SessionKey(String why) implements RegistrationResult {}
}
