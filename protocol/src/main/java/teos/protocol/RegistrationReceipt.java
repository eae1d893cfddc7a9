package teos.protocol;

/**
 * What the tower signs when a user registers.
 *
 * @param user the user
 * @param availableSlots slots that the user now has in all
 * @param subscriptionStart height at which the subscription began (dialect v2 only signs it)
 * @param subscriptionExpiry height at which it ends
 */
public record RegistrationReceipt(
    PublicKey user, long availableSlots, long subscriptionStart, long subscriptionExpiry) {

  /**
   * v1: {@code user_id (33) || slots || expiry}; v2: {@code user_id (33) || slots || start ||
   * expiry}. All integers are u32 BE.
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
