package teos.tower.store;

import java.util.Arrays;
import java.util.Optional;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * Registered user.
 *
 * @param id key of the user
 * @param dialect dialect of the user's client
 * @param availableSlots slots left, an unsigned 32-bit integer
 * @param subscriptionStart height at which the subscription began
 * @param subscriptionExpiry height at which it ends
 * @param reservedSlots slots left plus those of stored appointments
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
   * Whether a key has ever signed a request: anybody can register it, but only its owner can use
   * it.
   */
  public enum Usage {
    /** The key has signed nothing. */
    UNUSED(0),
    /** The key has signed nothing and has been registered in both dialects. */
    CONTESTED(1),
    /** The key has signed a request. */
    USED(2);

    private final int code;

    Usage(int code) {
      this.code = code;
    }

    /** Returns the code in the column {@code key_usage} of the table {@code users}. */
    int code() {
      return code;
    }

    /** Returns the usage with {@code code}. */
    static Usage ofCode(int code) {
      return Arrays.stream(values())
          .filter(usage -> usage.code == code)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("key_usage " + code + " of a user"));
    }
  }

  /** Creates the record of a user who has signed requests and has no appointments. */
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

  /** Returns the user with {@code slots} left. */
  public UserRecord withSlots(long slots) {
    return new UserRecord(
        id, dialect, slots, subscriptionStart, subscriptionExpiry, reservedSlots, usage);
  }

  /**
   * Returns the user with {@code slots} fewer, or more if negative, but never more than the
   * reserved ones; empty if not enough are left.
   */
  public Optional<UserRecord> withoutSlots(long slots) {
    long left = availableSlots - slots;
    return left < 0 ? Optional.empty() : Optional.of(withSlots(Math.min(left, reservedSlots)));
  }

  /**
   * Returns the user after a renewal. The dialect stays once the user has signed a request.
   *
   * @param asked dialect of the request
   * @param granted slots that are added
   * @param expiry new height at which the subscription ends
   */
  public UserRecord renewed(Dialect asked, long granted, long expiry) {
    boolean used = usage == Usage.USED;
    return new UserRecord(
        id,
        used ? dialect : asked,
        availableSlots + granted,
        subscriptionStart,
        expiry,
        reservedSlots + granted,
        used || dialect == asked ? usage : Usage.CONTESTED);
  }

  /** Returns the user after a signed request, which shows that the client speaks {@code shown}. */
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
