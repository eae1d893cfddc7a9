package teos.wtwire;

import java.util.Optional;

/**
 * Which features a side has: bits, counted from the last byte's lowest. The even one of a pair is a
 * feature that the other side must know, the odd one may be passed over.
 */
public final class Features {

  /**
   * Sessions without a reward (0, 1), for channels with anchors (2, 3) and taproot channels (4, 5).
   */
  private static final int KNOWN = 6;

  /** What a tower has of these, each optional: bits 1, 3 and 5. */
  private static final byte[] TOWER = {0b10_1010};

  private Features() {}

  /** What a tower says that it has. */
  public static byte[] tower() {
    return TOWER.clone();
  }

  /** The lowest feature that the other side requires and a tower does not know. */
  public static Optional<Integer> unknownRequired(byte[] features) {
    for (int bit = KNOWN; bit < 8 * features.length; bit += 2) {
      if ((features[features.length - 1 - bit / 8] >> bit % 8 & 1) == 1) {
        return Optional.of(bit);
      }
    }
    return Optional.empty();
  }
}
