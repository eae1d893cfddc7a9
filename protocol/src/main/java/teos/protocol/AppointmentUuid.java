package teos.protocol;

import fr.acinq.bitcoin.Crypto;

/**
 * The name of one user's appointment within the tower: {@code RIPEMD160(locator || user_id)}, 20
 * bytes. Two users that watch for the same commitment have the same locator and different uuids.
 */
public final class AppointmentUuid extends FixedBytes {

  /** Bytes in a uuid. */
  public static final int LENGTH = 20;

  /**
   * @throws IllegalArgumentException if there are not 20 bytes
   */
  public AppointmentUuid(byte[] bytes) {
    super(bytes, LENGTH, "uuid");
  }

  /** The uuid of {@code user}'s appointment for {@code locator}. */
  public static AppointmentUuid of(Locator locator, PublicKey user) {
    return new AppointmentUuid(Crypto.ripemd160(Bytes.concat(locator.raw(), user.raw())));
  }
}
