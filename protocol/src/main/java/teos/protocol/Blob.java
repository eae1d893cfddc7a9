package teos.protocol;

import fr.acinq.bitcoin.Crypto;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encryption of a penalty transaction, or of a {@link Bundle} of them, in dialects v1 and v2:
 * ChaCha20-Poly1305 (IETF), nonce of 12 zero bytes, no associated data, key {@code SHA256(txid)}
 * with the dispute txid in the {@link Dialect}'s byte order. A blob is 16 bytes longer than its
 * plaintext. The nonce is constant, so two blobs for one commitment reveal the XOR of their
 * plaintexts.
 */
public final class Blob {

  /** Bytes of the Poly1305 tag, which encryption appends. */
  public static final int TAG_LENGTH = 16;

  private static final IvParameterSpec NONCE = new IvParameterSpec(new byte[12]);

  private Blob() {}

  /** Thrown if a blob was not encrypted under the given txid. */
  public static final class BlobException extends Exception {
    BlobException(String message) {
      super(message);
    }
  }

  /** Encrypts the raw transaction or bundle {@code penalty} under the txid {@code dispute}. */
  public static byte[] encrypt(byte[] penalty, Txid dispute, Dialect dialect) {
    try {
      return cipher(Cipher.ENCRYPT_MODE, dialect.txidBytes(dispute)).doFinal(penalty);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("ChaCha20-Poly1305 is part of every Java", e);
    }
  }

  /**
   * Decrypts {@code blob} with the txid {@code dispute}. The plaintext is untrusted, and need not
   * be a transaction.
   *
   * @throws BlobException if the blob was not encrypted under this txid in this dialect
   */
  public static byte[] decrypt(byte[] blob, Txid dispute, Dialect dialect) throws BlobException {
    try {
      return cipher(Cipher.DECRYPT_MODE, dialect.txidBytes(dispute)).doFinal(blob);
    } catch (GeneralSecurityException e) {
      throw new BlobException("the blob was not encrypted under " + dispute);
    }
  }

  private static Cipher cipher(int mode, byte[] txid) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
    cipher.init(mode, new SecretKeySpec(Crypto.sha256(txid), "ChaCha20"), NONCE);
    return cipher;
  }
}
