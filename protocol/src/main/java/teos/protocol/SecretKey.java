package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import java.security.SecureRandom;

/** A secp256k1 secret key: the tower's own, or a client's. */
public final class SecretKey {

  /** Bytes in a secret key. */
  public static final int LENGTH = 32;

  private final byte[] bytes;
  private final PublicKey publicKey;

  /**
   * @throws IllegalArgumentException if {@code bytes} is not a number from 1 to the order of the
   *     curve less one, in 32 bytes, big-endian
   */
  public SecretKey(byte[] bytes) {
    Secp256k1 secp256k1 = NativeSecp256k1.get(); // or no key is valid
    if (bytes.length != LENGTH || !Crypto.isPrivKeyValid(bytes)) {
      throw new IllegalArgumentException("not a secp256k1 secret key (32 bytes)");
    }
    this.bytes = bytes.clone();
    this.publicKey =
        PublicKey.ofTrusted(secp256k1.pubKeyCompress(secp256k1.pubkeyCreate(this.bytes)));
  }

  /** A new random key. */
  public static SecretKey generate(SecureRandom random) {
    NativeSecp256k1.get(); // or no key is valid
    byte[] bytes = new byte[LENGTH];
    do {
      random.nextBytes(bytes);
    } while (!Crypto.isPrivKeyValid(bytes));
    return new SecretKey(bytes);
  }

  /** The public key that belongs to this one. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /** A copy of the 32 bytes: for the key's file, and nowhere else. */
  public byte[] bytes() {
    return bytes.clone();
  }

  byte[] raw() {
    return bytes;
  }

  /** Says whose key this is, and not the key. */
  @Override
  public String toString() {
    return "SecretKey[of " + publicKey + "]";
  }
}
