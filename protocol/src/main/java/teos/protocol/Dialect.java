package teos.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * Variant of the protocol, named after the reference tower that a client was written for. Both use
 * the same HTTP paths. They differ in the byte order of the txid of a locator and of a blob's key,
 * in the receipts that the tower signs, and in their errors.
 */
public enum Dialect {
  /** python-teos: txids in display order. */
  V1,
  /** rust-teos: txids in internal order. */
  V2;

  /** The to_self_delay, in blocks, of all appointments of python-teos's client. */
  private static final long PYTHON_TEOS_DELAY = 20;

  /** The to_self_delay, in blocks, of all appointments of rust-teos's plugin. */
  private static final long RUST_TEOS_DELAY = 42;

  /**
   * Returns the dialect of the reference client whose appointments have {@code toSelfDelay}, which
   * is constant in each of them; empty for another value.
   *
   * @param toSelfDelay blocks
   */
  public static Optional<Dialect> ofToSelfDelay(long toSelfDelay) {
    if (toSelfDelay == PYTHON_TEOS_DELAY) {
      return Optional.of(V1);
    }
    return toSelfDelay == RUST_TEOS_DELAY ? Optional.of(V2) : Optional.empty();
  }

  /** Returns the 32 bytes of {@code txid} in this dialect's byte order. */
  public byte[] txidBytes(Txid txid) {
    return switch (this) {
      case V1 -> txid.display();
      case V2 -> txid.internal();
    };
  }

  /** Returns the locator of the commitment {@code txid}: the first 16 of {@link #txidBytes}. */
  public Locator locator(Txid txid) {
    return new Locator(Arrays.copyOf(txidBytes(txid), Locator.LENGTH));
  }
}
