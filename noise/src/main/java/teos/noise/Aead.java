package teos.noise;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** ChaCha20-Poly1305 (RFC 8439) with BOLT 8's nonce: 4 zero bytes and the number, little-endian. */
final class Aead {

  /** Bytes that encryption adds. */
  static final int TAG_LENGTH = 16;

  private static final int NONCE_LENGTH = 12;

  private Aead() {}

  static byte[] encrypt(byte[] key, long nonce, byte[] associated, byte[] plaintext) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, key, nonce, associated).doFinal(plaintext);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of every Java", e);
    }
  }

  /**
   * @throws NoiseException if {@code ciphertext} is not what was encrypted with these
   */
  static byte[] decrypt(byte[] key, long nonce, byte[] associated, byte[] ciphertext, String what)
      throws NoiseException {
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, associated).doFinal(ciphertext);
    } catch (GeneralSecurityException e) {
      throw new NoiseException(what + ": bad tag");
    }
  }

  private static Cipher cipher(int mode, byte[] key, long nonce, byte[] associated)
      throws GeneralSecurityException {
    byte[] iv =
        ByteBuffer.allocate(NONCE_LENGTH)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0)
            .putLong(nonce)
            .array();
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(iv));
    cipher.updateAAD(associated);
    return cipher;
  }
}
