package teos.justice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) without associated data. HChaCha20, implemented
 * here because the JDK lacks it, derives a subkey from the key and the first 16 bytes of the
 * 24-byte nonce; the JDK's ChaCha20-Poly1305 does the rest. Layout of a blob: nonce (24),
 * ciphertext, tag (16).
 */
final class XChaCha20Poly1305 {

  static final int NONCE_LENGTH = 24;
  static final int TAG_LENGTH = 16;

  /** Bytes of a blob in addition to the plaintext. */
  static final int OVERHEAD = NONCE_LENGTH + TAG_LENGTH;

  private static final int KEY_LENGTH = 32;
  private static final int SUBNONCE_OFFSET = 16;
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  private static final int DOUBLE_ROUNDS = 10;

  private XChaCha20Poly1305() {}

  /** Returns the nonce and the encryption of {@code plaintext}. */
  static byte[] encrypt(byte[] key, byte[] nonce, byte[] plaintext) {
    try {
      byte[] ciphertext = cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(plaintext);
      return ByteBuffer.allocate(nonce.length + ciphertext.length)
          .put(nonce)
          .put(ciphertext)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of every Java", e);
    }
  }

  /**
   * Returns the plaintext of {@code blob}.
   *
   * @throws JusticeException if it was not encrypted under {@code key}
   */
  static byte[] decrypt(byte[] key, byte[] blob) throws JusticeException {
    if (blob.length < OVERHEAD) {
      throw new JusticeException(
          "a blob of " + blob.length + " bytes is too short; expected at least " + OVERHEAD);
    }
    byte[] nonce = Arrays.copyOf(blob, NONCE_LENGTH);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce)
          .doFinal(blob, NONCE_LENGTH, blob.length - NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new JusticeException("the blob was not encrypted under this commitment");
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
    byte[] subkey = hChaCha20(key, nonce);
    byte[] iv =
        ByteBuffer.allocate(12)
            .putInt(0)
            .put(nonce, SUBNONCE_OFFSET, NONCE_LENGTH - SUBNONCE_OFFSET)
            .array();
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(subkey, "ChaCha20"), new IvParameterSpec(iv));
    return cipher;
  }

  /** Returns the subkey (32 bytes) of {@code key} and the first 16 bytes of {@code nonce}. */
  static byte[] hChaCha20(byte[] key, byte[] nonce) {
    int[] state = new int[16];
    System.arraycopy(CONSTANTS, 0, state, 0, CONSTANTS.length);
    ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(state, 4, 8);
    ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(state, 12, 4);
    for (int i = 0; i < DOUBLE_ROUNDS; i++) {
      quarterRound(state, 0, 4, 8, 12);
      quarterRound(state, 1, 5, 9, 13);
      quarterRound(state, 2, 6, 10, 14);
      quarterRound(state, 3, 7, 11, 15);
      quarterRound(state, 0, 5, 10, 15);
      quarterRound(state, 1, 6, 11, 12);
      quarterRound(state, 2, 7, 8, 13);
      quarterRound(state, 3, 4, 9, 14);
    }
    ByteBuffer subkey = ByteBuffer.allocate(KEY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    subkey.asIntBuffer().put(state, 0, 4).put(state, 12, 4);
    return subkey.array();
  }

  private static void quarterRound(int[] s, int a, int b, int c, int d) {
    s[a] += s[b];
    s[d] = Integer.rotateLeft(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = Integer.rotateLeft(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = Integer.rotateLeft(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = Integer.rotateLeft(s[b] ^ s[c], 7);
  }
}
