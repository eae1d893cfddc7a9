package teos.protocol;

/**
 * Receipt for a registration, signed by the tower. All numbers are unsigned 32-bit integers.
 *
 * @param user the user's id
 * @param availableSlots all slots that the user has after the registration
 * @param subscriptionStart height at which the subscription began; signed in dialect v2 only
 * @param subscriptionExpiry height at which the subscription ends
 */
public record RegistrationReceipt(
    PublicKey user, long availableSlots, long subscriptionStart, long subscriptionExpiry) {

  /**
   * Returns the message that the tower signs, with numbers as u32 BE. v1: {@code user_id (33) ||
   * slots || expiry}; v2: {@code user_id (33) || slots || start || expiry}.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public byte[] signedBytes(Dialect dialect) {
    byte[] slots = Bytes.u32(availableSlots);
    byte[] expiry = Bytes.u32(subscriptionExpiry);
    return switch (dialect) {
      case V1 -> Bytes.concat(user.raw(), slots, expiry);
      case V2 -> Bytes.concat(user.raw(), slots, Bytes.u32(subscriptionStart), expiry);
    };
  }
}
