package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import java.util.HexFormat;

/** A compressed secp256k1 public key, 33 bytes: a user's id, or the tower's. */
public final class PublicKey extends FixedBytes {

  /** Bytes in a compressed public key. */
  public static final int LENGTH = 33;

  private PublicKey(byte[] bytes) {
    super(bytes, LENGTH, "compressed public key");
  }

  /**
   * From a key that is known to be a point on the curve, such as one read back from the tower's
   * database, or one that libsecp256k1 has just made.
   *
   * @throws IllegalArgumentException if there are not 33 bytes
   */
  public static PublicKey ofTrusted(byte[] compressed) {
    return new PublicKey(compressed);
  }

  /**
   * From bytes that anyone may have sent.
   *
   * @throws IllegalArgumentException if they are not a compressed point on the curve
   */
  public static PublicKey of(byte[] compressed) {
    NativeSecp256k1.get(); // or no key is valid
    if (compressed.length != LENGTH
        || !Crypto.isPubKeyCompressed(compressed)
        || !Crypto.isPubKeyValid(compressed)) {
      throw new IllegalArgumentException("not a compressed public key on secp256k1 (33 bytes)");
    }
    return new PublicKey(compressed);
  }

  /**
   * From hex that anyone may have sent.
   *
   * @throws IllegalArgumentException if it is not the hex of a compressed point on the curve
   */
  public static PublicKey fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }
}
