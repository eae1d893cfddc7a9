package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.security.SecureRandom;

/** Secp256k1 secret key of a tower or of a client. */
public final class SecretKey implements Signer {

  /** Bytes in a secret key. */
  public static final int LENGTH = 32;

  private final byte[] bytes;
  private final PublicKey publicKey;

  /**
   * @throws IllegalArgumentException if {@code bytes} is not a 32-byte big-endian number between 1
   *     and the order of the curve minus 1
   */
  public SecretKey(byte[] bytes) {
    Secp256k1 secp256k1 =
        NativeSecp256k1.get(); // throws if the library is missing, which would reject all keys
    if (bytes.length != LENGTH || !Crypto.isPrivKeyValid(bytes)) {
      throw new IllegalArgumentException("not a secp256k1 secret key (32 bytes)");
    }
    this.bytes = bytes.clone();
    this.publicKey =
        PublicKey.ofTrusted(secp256k1.pubKeyCompress(secp256k1.pubkeyCreate(this.bytes)));
  }

  /** Returns a new random key. */
  public static SecretKey generate(SecureRandom random) {
    NativeSecp256k1.get(); // throws if the library is missing, which would reject all keys
    byte[] bytes = new byte[LENGTH];
    do {
      random.nextBytes(bytes);
    } while (!Crypto.isPrivKeyValid(bytes));
    return new SecretKey(bytes);
  }

  @Override
  public PublicKey publicKey() {
    return publicKey;
  }

  /** Returns a copy of the 32 bytes, big-endian. For key files and ECDH only. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Signs with the nonce of RFC 6979. Finds the recovery id by recovering the key, which takes
   * twice as long as signing: secp256k1-kmp does not return it.
   */
  @Override
  public RecoverableSignature sign(byte[] digest) {
    byte[] rs = NativeSecp256k1.get().sign(digest, bytes);
    for (int recoveryId = 0; recoveryId < 4; recoveryId++) {
      if (isRecoveredFrom(digest, rs, recoveryId)) {
        return new RecoverableSignature(rs, recoveryId);
      }
    }
    throw new IllegalStateException("the signing key cannot be recovered from its signature");
  }

  private boolean isRecoveredFrom(byte[] digest, byte[] rs, int recoveryId) {
    try {
      return MessageSignature.recover(digest, rs, recoveryId).equals(publicKey);
    } catch (Secp256k1Exception e) {
      return false; // for nearly every r there is no point for ids 2 and 3
    }
  }

  /** Returns a text with the public key only. */
  @Override
  public String toString() {
    return "SecretKey[of " + publicKey + "]";
  }
}
