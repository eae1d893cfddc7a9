package teos.justice;

import java.util.Arrays;
import teos.protocol.Txid;

/**
 * Fuzz target for justice transactions, built from a correctly encrypted kit with arbitrary
 * contents and from an arbitrary blob. Input: blob type (1 byte), kit, commitment transaction.
 */
public final class JusticeFuzz {

  private static final BlobType[] TYPES = {
    BlobType.COMMIT, BlobType.ANCHOR, BlobType.TAPROOT, BlobType.TAPROOT_FINAL
  };

  private JusticeFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    BlobType type = TYPES[(data[0] & 0xff) % TYPES.length];
    int kit = type.blobLength().orElseThrow() - XChaCha20Poly1305.OVERHEAD;
    byte[] plain = Arrays.copyOfRange(data, 1, 1 + kit);
    byte[] commitment =
        data.length > 1 + kit ? Arrays.copyOfRange(data, 1 + kit, data.length) : new byte[0];
    Txid txid = Txid.ofInternal(new byte[Txid.LENGTH]);
    byte[] nonce = new byte[XChaCha20Poly1305.NONCE_LENGTH];
    byte[] blob = XChaCha20Poly1305.encrypt(BreachHint.blobKey(txid), nonce, plain);
    try {
      JusticeTransaction.build(
          blob, JusticePolicy.altruist(type, 2_500), new byte[0], commitment, txid);
    } catch (JusticeException e) {
      // the expected result for an invalid kit or commitment
    }
    try {
      JusticeTransaction.build(
          data, JusticePolicy.altruist(type, 2_500), new byte[0], commitment, txid);
    } catch (JusticeException e) {
      // the expected result for a blob that cannot be decrypted
    }
  }
}
