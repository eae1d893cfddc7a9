package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Signatures in the format of Lightning nodes' {@code signmessage}, which both reference towers and
 * their clients use.
 *
 * <p>Text form: 104 characters of zbase32. Binary form: 65 bytes, {@code (31 + recovery id) || r
 * (32) || s (32)}, integers big-endian; an ECDSA signature over {@code SHA256d("Lightning Signed
 * Message:" || message)}. The signer's public key is recovered from the signature.
 */
public final class MessageSignature {

  /** Characters in the text form. */
  public static final int TEXT_LENGTH = 104;

  private static final byte[] PREFIX =
      "Lightning Signed Message:".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BASE = 31;

  private MessageSignature() {}

  /** Thrown if a signature is malformed, or if no public key can be recovered from it. */
  public static final class InvalidSignatureException extends Exception {
    InvalidSignatureException(String message) {
      super(message);
    }
  }

  /**
   * Signs {@code message} with the key of {@code signer}, and returns the text form.
   *
   * @throws IllegalStateException if the signer cannot sign now
   */
  public static String sign(byte[] message, Signer signer) {
    RecoverableSignature signed = signer.sign(digest(message));
    byte[] header = {(byte) (HEADER_BASE + signed.recoveryId())};
    return Zbase32.encode(Bytes.concat(header, signed.rs()));
  }

  /** Returns what is signed for {@code message}: 32 bytes, {@code SHA256d(prefix || message)}. */
  public static byte[] digest(byte[] message) {
    return Crypto.hash256(Bytes.concat(PREFIX, message));
  }

  /**
   * Returns the public key that signed {@code message}. For another message, that is a random key.
   *
   * @throws InvalidSignatureException if {@code signature} is not 104 characters of zbase32 with a
   *     header byte of 31 to 34, or if no key can be recovered from it
   */
  public static PublicKey recover(byte[] message, String signature)
      throws InvalidSignatureException {
    byte[] bytes = decode(signature);
    int recoveryId = bytes[0] - HEADER_BASE;
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
   * Returns the number r (32 bytes, big-endian) of a signature. Signatures are malleable: without
   * the key, s and the recovery id can be changed so that the signature stays valid, but r cannot.
   *
   * @throws InvalidSignatureException if {@code signature} is not 104 characters of zbase32
   */
  public static byte[] r(String signature) throws InvalidSignatureException {
    return Arrays.copyOfRange(decode(signature), 1, 33);
  }

  /**
   * Returns the 65 bytes of a signature's binary form.
   *
   * @throws InvalidSignatureException if {@code signature} is not 104 characters of zbase32
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

  /**
   * Returns the public key that is recovered from a signature.
   *
   * @throws Secp256k1Exception if there is none
   */
  static PublicKey recover(byte[] digest, byte[] rs, int recoveryId) {
    Secp256k1 secp256k1 = NativeSecp256k1.get();
    return PublicKey.ofTrusted(
        secp256k1.pubKeyCompress(secp256k1.ecdsaRecover(rs, digest, recoveryId)));
  }
}
