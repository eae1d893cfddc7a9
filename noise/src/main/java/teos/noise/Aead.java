package teos.noise;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * ChaCha20-Poly1305 (RFC 8439) with BOLT 8's nonce: 4 zero bytes, then a 64-bit little-endian
 * counter.
 */
final class Aead {

  /** Bytes of the Poly1305 tag, which encryption appends. */
  static final int TAG_LENGTH = 16;

  private static final int NONCE_LENGTH = 12;

  private Aead() {}

  static byte[] encrypt(byte[] key, long nonce, byte[] associatedData, byte[] plaintext) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, key, nonce, associatedData).doFinal(plaintext);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of every Java", e);
    }
  }

  /**
   * Decrypts {@code ciphertext}.
   *
   * @param description of the message, for the exception
   * @throws NoiseException if the tag is wrong
   */
  static byte[] decrypt(
      byte[] key, long nonce, byte[] associatedData, byte[] ciphertext, String description)
      throws NoiseException {
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, associatedData).doFinal(ciphertext);
    } catch (GeneralSecurityException e) {
      throw new NoiseException(description + ": bad tag");
    }
  }

  private static Cipher cipher(int mode, byte[] key, long nonce, byte[] associatedData)
      throws GeneralSecurityException {
    byte[] iv =
        ByteBuffer.allocate(NONCE_LENGTH)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0)
            .putLong(nonce)
            .array();
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(iv));
    cipher.updateAAD(associatedData);
    return cipher;
  }
}
