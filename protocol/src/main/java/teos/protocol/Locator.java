package teos.protocol;

import java.util.HexFormat;

/**
 * What a client asks the tower to look for: the first 16 bytes of the txid of a revoked commitment
 * transaction. The byte order of that txid is the {@link Dialect}'s.
 */
public final class Locator extends FixedBytes {

  /** Bytes in a locator. */
  public static final int LENGTH = 16;

  /**
   * @throws IllegalArgumentException if there are not 16 bytes
   */
  public Locator(byte[] bytes) {
    super(bytes, LENGTH, "locator");
  }

  /**
   * Reads 32 hex digits, in the order of the bytes.
   *
   * @throws IllegalArgumentException if {@code hex} is not 32 hex digits
   */
  public static Locator fromHex(String hex) {
    return new Locator(HexFormat.of().parseHex(hex));
  }
}
