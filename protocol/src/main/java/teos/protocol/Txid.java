package teos.protocol;

import java.util.HexFormat;

/**
 * A transaction id. Its 32 bytes are kept in internal order (as hashed, as in an outpoint); {@link
 * #toString} and everything named "display" is the reverse, as bitcoind's RPC and block explorers
 * show it.
 */
public final class Txid extends FixedBytes {

  /** Bytes in a txid. */
  public static final int LENGTH = 32;

  private Txid(byte[] internal) {
    super(internal, LENGTH, "txid");
  }

  /** From bytes in internal order. */
  public static Txid ofInternal(byte[] internal) {
    return new Txid(internal);
  }

  /** From bytes in display order. */
  public static Txid ofDisplay(byte[] display) {
    return new Txid(Bytes.reversed(display));
  }

  /**
   * From the 64 hex digits that bitcoind shows (display order).
   *
   * @throws IllegalArgumentException if {@code hex} is not 64 hex digits
   */
  public static Txid fromDisplayHex(String hex) {
    return ofDisplay(HexFormat.of().parseHex(hex));
  }

  /** The bytes in internal order. */
  public byte[] internal() {
    return bytes();
  }

  /** The bytes in display order. */
  public byte[] display() {
    return Bytes.reversed(raw());
  }

  /** Display order, hex. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(display());
  }
}
