package teos.protocol;

import java.util.Arrays;

/**
 * Which reference tower a client was written for. The two speak over the same paths, and differ in
 * the byte order of the txid behind a locator, in what the tower signs, and in their errors.
 */
public enum Dialect {
  /** python-teos: txids in display order. */
  V1,
  /** rust-teos: txids in internal order. */
  V2;

  /** The 32 bytes of {@code txid} in this dialect's order. */
  public byte[] txidBytes(Txid txid) {
    return switch (this) {
      case V1 -> txid.display();
      case V2 -> txid.internal();
    };
  }

  /** The locator of the commitment transaction {@code txid}: the first 16 of those bytes. */
  public Locator locator(Txid txid) {
    return new Locator(Arrays.copyOf(txidBytes(txid), Locator.LENGTH));
  }
}
