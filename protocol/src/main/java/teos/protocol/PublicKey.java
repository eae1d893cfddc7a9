package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import java.util.HexFormat;

/** Compressed secp256k1 public key, 33 bytes: the id of a user or of a tower. */
public final class PublicKey extends FixedBytes {

  /** Bytes in a compressed public key. */
  public static final int LENGTH = 33;

  private PublicKey(byte[] bytes) {
    super(bytes, LENGTH, "compressed public key");
  }

  /**
   * Returns the key with these bytes, without checking that it is a point on the curve. For keys
   * from the tower's database or from libsecp256k1.
   *
   * @throws IllegalArgumentException if {@code compressed} is not 33 bytes long
   */
  public static PublicKey ofTrusted(byte[] compressed) {
    return new PublicKey(compressed);
  }

  /**
   * Returns the key with these untrusted bytes.
   *
   * @throws IllegalArgumentException if they are not a compressed point on the curve
   */
  public static PublicKey of(byte[] compressed) {
    NativeSecp256k1.get(); // throws if the library is missing, which would reject all keys
    if (compressed.length != LENGTH
        || !Crypto.isPubKeyCompressed(compressed)
        || !Crypto.isPubKeyValid(compressed)) {
      throw new IllegalArgumentException("not a compressed public key on secp256k1 (33 bytes)");
    }
    return new PublicKey(compressed);
  }

  /**
   * Returns the key with this untrusted hex.
   *
   * @throws IllegalArgumentException if it is not the hex of a compressed point on the curve
   */
  public static PublicKey fromHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }
}
