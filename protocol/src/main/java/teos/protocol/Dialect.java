package teos.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * Which reference tower a client was written for. The two speak over the same paths, and differ in
 * the byte order of the txid behind a locator, in what the tower signs, and in their errors.
 */
public enum Dialect {
  /** python-teos: txids in display order. */
  V1,
  /** rust-teos: txids in internal order. */
  V2;

  /** What python-teos's client signs as to_self_delay, always, in blocks. */
  private static final long PYTHON_TEOS_DELAY = 20;

  /** The same of rust-teos's plugin. */
  private static final long RUST_TEOS_DELAY = 42;

  /**
   * The dialect of the client that has signed an appointment with {@code toSelfDelay}: of the
   * reference clients, each has a value of its own. Empty for any other client.
   *
   * @param toSelfDelay blocks
   */
  public static Optional<Dialect> ofClientWith(long toSelfDelay) {
    if (toSelfDelay == PYTHON_TEOS_DELAY) {
      return Optional.of(V1);
    }
    return toSelfDelay == RUST_TEOS_DELAY ? Optional.of(V2) : Optional.empty();
  }

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
