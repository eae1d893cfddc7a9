package teos.protocol;

import fr.acinq.bitcoin.Crypto;

/**
 * Id of an appointment within the tower: {@code RIPEMD160(locator || user_id)}, 20 bytes, as in
 * both reference towers. Two users can have appointments with the same locator; their uuids differ.
 */
public final class AppointmentUuid extends FixedBytes {

  /** Bytes in a uuid. */
  public static final int LENGTH = 20;

  /**
   * @throws IllegalArgumentException if {@code bytes} is not 20 bytes long
   */
  public AppointmentUuid(byte[] bytes) {
    super(bytes, LENGTH, "uuid");
  }

  /** Returns the uuid of {@code user}'s appointment for {@code locator}. */
  public static AppointmentUuid of(Locator locator, PublicKey user) {
    return new AppointmentUuid(Crypto.ripemd160(Bytes.concat(locator.raw(), user.raw())));
  }
}
