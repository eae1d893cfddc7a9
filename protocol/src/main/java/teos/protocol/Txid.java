package teos.protocol;

import java.util.HexFormat;

/**
 * Transaction id, 32 bytes. Internal order is the order of the hash function and of outpoints; it
 * is the order of {@link #bytes}, equality and comparison. Display order is the reverse, which
 * bitcoind's RPC and block explorers use; it is the order of {@link #toString}.
 */
public final class Txid extends FixedBytes {

  /** Bytes in a txid. */
  public static final int LENGTH = 32;

  private Txid(byte[] internal) {
    super(internal, LENGTH, "txid");
  }

  /**
   * Returns the txid with these bytes in internal order.
   *
   * @throws IllegalArgumentException if {@code internal} is not 32 bytes long
   */
  public static Txid ofInternal(byte[] internal) {
    return new Txid(internal);
  }

  /**
   * Returns the txid with these bytes in display order.
   *
   * @throws IllegalArgumentException if {@code display} is not 32 bytes long
   */
  public static Txid ofDisplay(byte[] display) {
    return new Txid(Bytes.reversed(display));
  }

  /**
   * Returns the txid with these 64 hex digits in display order.
   *
   * @throws IllegalArgumentException if {@code hex} is not 64 hex digits
   */
  public static Txid fromDisplayHex(String hex) {
    return ofDisplay(HexFormat.of().parseHex(hex));
  }

  /** Returns the bytes in internal order. */
  public byte[] internal() {
    return bytes();
  }

  /** Returns the bytes in display order. */
  public byte[] display() {
    return Bytes.reversed(raw());
  }

  /** Returns the lower-case hex in display order. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(display());
  }
}
