package teos.protocol;

import java.util.HexFormat;

/**
 * Identifier of the revoked commitment that the tower watches for: the first 16 bytes of its txid,
 * in the {@link Dialect}'s byte order. For lnd's clients it is the breach hint.
 */
public final class Locator extends FixedBytes {

  /** Bytes in a locator. */
  public static final int LENGTH = 16;

  /**
   * @throws IllegalArgumentException if {@code bytes} is not 16 bytes long
   */
  public Locator(byte[] bytes) {
    super(bytes, LENGTH, "locator");
  }

  /**
   * Returns the locator with these 32 hex digits.
   *
   * @throws IllegalArgumentException if {@code hex} is not 32 hex digits
   */
  public static Locator fromHex(String hex) {
    return new Locator(HexFormat.of().parseHex(hex));
  }
}
