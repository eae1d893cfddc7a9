package teos.tower.store;

import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * A registered user.
 *
 * @param id the user's key
 * @param dialect the dialect in which the user registered last
 * @param availableSlots slots left, an unsigned 32-bit integer
 * @param subscriptionStart height at which the subscription began
 * @param subscriptionExpiry height at which it ends
 */
public record UserRecord(
    PublicKey id,
    Dialect dialect,
    long availableSlots,
    long subscriptionStart,
    long subscriptionExpiry) {

  /** The same user with {@code slots} left. */
  public UserRecord withSlots(long slots) {
    return new UserRecord(id, dialect, slots, subscriptionStart, subscriptionExpiry);
  }
}
