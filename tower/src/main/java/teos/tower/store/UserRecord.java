package teos.tower.store;

import java.util.Arrays;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * A registered user.
 *
 * @param id the user's key
 * @param dialect the dialect that the user speaks
 * @param availableSlots slots left, an unsigned 32-bit integer
 * @param subscriptionStart height at which the subscription began
 * @param subscriptionExpiry height at which it ends
 * @param reservedSlots slots that the user holds: those left, and those of stored appointments
 * @param usage whether the user has ever signed a request
 */
public record UserRecord(
    PublicKey id,
    Dialect dialect,
    long availableSlots,
    long subscriptionStart,
    long subscriptionExpiry,
    long reservedSlots,
    Usage usage) {

  /**
   * Whether a key has ever signed a request: anybody can register it, only its owner can use it.
   */
  public enum Usage {
    /** Nothing was ever signed with it. */
    UNUSED(0),
    /** Nothing was ever signed with it, and it has been registered in both dialects. */
    CONTESTED(1),
    /** A request was signed with it. */
    USED(2);

    private final int code;

    Usage(int code) {
      this.code = code;
    }

    /** Code in the column {@code key_usage} of the table {@code users}. */
    int code() {
      return code;
    }

    /** The usage with this code. */
    static Usage ofCode(int code) {
      return Arrays.stream(values())
          .filter(usage -> usage.code == code)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("key_usage " + code + " of a user"));
    }
  }

  /** A user who has signed requests, and has no appointments yet. */
  public UserRecord(
      PublicKey id,
      Dialect dialect,
      long availableSlots,
      long subscriptionStart,
      long subscriptionExpiry) {
    this(
        id,
        dialect,
        availableSlots,
        subscriptionStart,
        subscriptionExpiry,
        availableSlots,
        Usage.USED);
  }

  /** The same user with {@code slots} left. */
  public UserRecord withSlots(long slots) {
    return new UserRecord(
        id, dialect, slots, subscriptionStart, subscriptionExpiry, reservedSlots, usage);
  }

  /** The same user after a signed request, which shows that the user speaks {@code dialect}. */
  public UserRecord used(Dialect shown) {
    return new UserRecord(
        id,
        shown,
        availableSlots,
        subscriptionStart,
        subscriptionExpiry,
        reservedSlots,
        Usage.USED);
  }
}
