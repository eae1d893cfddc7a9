package teos.wtwire;

import java.util.Optional;

/**
 * Feature bits (BOLT 9), counted from the least significant bit of the last byte. Of each pair, the
 * even bit means that the other side must support the feature, the odd bit that it need not.
 * Source: lnd's {@code watchtower/wtwire/features.go}.
 */
public final class Features {

  /**
   * Number of known bits: altruist sessions (0, 1), anchor channels (2, 3), taproot channels (4,
   * 5).
   */
  private static final int KNOWN_BITS = 6;

  /** All three features as optional: bits 1, 3 and 5. */
  private static final byte[] TOWER = {0b10_1010};

  private Features() {}

  /** Returns the features that the tower announces. */
  public static byte[] tower() {
    return TOWER.clone();
  }

  /**
   * Returns the lowest required feature bit that the tower does not support; empty if there is
   * none.
   */
  public static Optional<Integer> unknownRequired(byte[] features) {
    for (int bit = KNOWN_BITS; bit < 8 * features.length; bit += 2) {
      if ((features[features.length - 1 - bit / 8] >> bit % 8 & 1) == 1) {
        return Optional.of(bit);
      }
    }
    return Optional.empty();
  }
}
