package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The signature that every Lightning node's {@code signmessage} makes, and that both reference
 * towers use in both directions.
 *
 * <p>As text: 104 characters of zbase32. As bytes: 65, {@code (31 + recovery id) || r (32) || s
 * (32)}, an ECDSA signature over {@code SHA256d("Lightning Signed Message:" || message)}. Nobody
 * says who signed: the key is recovered from the signature.
 */
public final class MessageSignature {

  /** Characters in a signature. */
  public static final int TEXT_LENGTH = 104;

  private static final byte[] PREFIX =
      "Lightning Signed Message:".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = 31;

  private MessageSignature() {}

  /** Thrown when a signature is not one, or no key can have made it. */
  public static final class InvalidSignatureException extends Exception {
    InvalidSignatureException(String message) {
      super(message);
    }
  }

  /** Signs {@code message} with {@code key}; the answer is the text form. */
  public static String sign(byte[] message, SecretKey key) {
    byte[] digest = digest(message);
    RecoverableSigner.Signed signed =
        RecoverableSigner.get()
            .map(signer -> signer.sign(digest, key))
            .orElseGet(() -> signBySearch(digest, key));
    byte[] header = {(byte) (HEADER + signed.recoveryId())};
    return Zbase32.encode(Bytes.concat(header, signed.rs()));
  }

  /** The same where the library does not say the recovery id. */
  static RecoverableSigner.Signed signBySearch(byte[] digest, SecretKey key) {
    byte[] rs = NativeSecp256k1.get().sign(digest, key.raw());
    return new RecoverableSigner.Signed(rs, searchRecoveryId(digest, rs, key.publicKey()));
  }

  /** The one that leads back to {@code key}. */
  private static int searchRecoveryId(byte[] digest, byte[] rs, PublicKey key) {
    for (int recoveryId = 0; recoveryId < 4; recoveryId++) {
      if (leadsTo(key, digest, rs, recoveryId)) {
        return recoveryId;
      }
    }
    throw new IllegalStateException("a signature that does not lead back to its own key");
  }

  /**
   * The key that signed {@code message}.
   *
   * @throws InvalidSignatureException if {@code signature} is not 104 characters of zbase32 with a
   *     header of 31 to 34, or if no key can have made it
   */
  public static PublicKey recover(byte[] message, String signature)
      throws InvalidSignatureException {
    byte[] bytes = decode(signature);
    int recoveryId = bytes[0] - HEADER;
    if (recoveryId < 0 || recoveryId > 3) {
      throw new InvalidSignatureException("the signature's header is not from 31 to 34");
    }
    byte[] rs = Arrays.copyOfRange(bytes, 1, bytes.length);
    try {
      return recover(digest(message), rs, recoveryId);
    } catch (Secp256k1Exception e) {
      throw new InvalidSignatureException("no key can have made this signature");
    }
  }

  /**
   * Returns the number r (32 bytes) of a signature. Who has not the key can change the rest of a
   * signature so that it stays one of the same message, but not this.
   *
   * @throws InvalidSignatureException if {@code signature} is not 104 characters of zbase32
   */
  public static byte[] r(String signature) throws InvalidSignatureException {
    return Arrays.copyOfRange(decode(signature), 1, 33);
  }

  /**
   * The 65 bytes of a signature's text.
   *
   * @throws InvalidSignatureException if it is not 104 characters of zbase32
   */
  static byte[] decode(String signature) throws InvalidSignatureException {
    if (signature.length() != TEXT_LENGTH) {
      throw new InvalidSignatureException(
          "a signature is 104 characters, not " + signature.length());
    }
    try {
      return Zbase32.decode(signature);
    } catch (IllegalArgumentException e) {
      throw new InvalidSignatureException(String.valueOf(e.getMessage()));
    }
  }

  private static byte[] digest(byte[] message) {
    return Crypto.hash256(Bytes.concat(PREFIX, message));
  }

  private static PublicKey recover(byte[] digest, byte[] rs, int recoveryId) {
    Secp256k1 secp256k1 = NativeSecp256k1.get();
    return PublicKey.ofTrusted(
        secp256k1.pubKeyCompress(secp256k1.ecdsaRecover(rs, digest, recoveryId)));
  }

  private static boolean leadsTo(PublicKey key, byte[] digest, byte[] rs, int recoveryId) {
    try {
      return recover(digest, rs, recoveryId).equals(key);
    } catch (Secp256k1Exception e) {
      return false; // ids 2 and 3 have no point for nearly every r
    }
  }
}
