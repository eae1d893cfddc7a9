package teos.justice;

import java.util.Map;
import java.util.Optional;

/**
 * What kind of blobs a session has: 16 bits, of which five mean something.
 *
 * @param bits 1 a reward for the tower, 2 the commitment's outputs, 4 an anchor channel, 8 a
 *     taproot channel, 16 one with the final scripts
 */
public record BlobType(int bits) {

  private static final int REWARD = 1;

  /** The outputs of a commitment from before there were anchors. */
  public static final BlobType COMMIT = new BlobType(0b00010);

  /** The same, with a reward for the tower. */
  public static final BlobType REWARD_COMMIT = new BlobType(0b00011);

  /** The outputs of a commitment with anchors. */
  public static final BlobType ANCHOR = new BlobType(0b00110);

  /** The outputs of a taproot commitment. */
  public static final BlobType TAPROOT = new BlobType(0b01010);

  /** The outputs of a taproot commitment with the final scripts. */
  public static final BlobType TAPROOT_FINAL = new BlobType(0b11010);

  private static final Map<BlobType, String> NAMES =
      Map.of(
          COMMIT, "legacy",
          REWARD_COMMIT, "reward",
          ANCHOR, "anchor",
          TAPROOT, "taproot",
          TAPROOT_FINAL, "taproot-final");

  private static final Map<BlobType, CommitmentType> COMMITMENT_TYPES =
      Map.of(
          COMMIT, CommitmentType.LEGACY,
          REWARD_COMMIT, CommitmentType.LEGACY,
          ANCHOR, CommitmentType.ANCHOR,
          TAPROOT, CommitmentType.TAPROOT,
          TAPROOT_FINAL, CommitmentType.TAPROOT_FINAL);

  /** Whether this is one that lnd has. */
  public boolean isKnown() {
    return NAMES.containsKey(this);
  }

  /** Whether the tower is to have a share. */
  public boolean hasReward() {
    return (bits & REWARD) != 0;
  }

  /** Bytes of an encrypted blob: a nonce of 24, the kit, a tag of 16; none if it is not known. */
  public Optional<Integer> blobLength() {
    return Optional.ofNullable(COMMITMENT_TYPES.get(this))
        .map(commitment -> XChaCha20Poly1305.OVERHEAD + commitment.kitLength);
  }

  CommitmentType commitmentType() throws JusticeException {
    CommitmentType commitment = COMMITMENT_TYPES.get(this);
    if (commitment == null) {
      throw new JusticeException("unknown type of blob: " + this);
    }
    return commitment;
  }

  /** lnd's name for it, or its bits. */
  @Override
  public String toString() {
    return NAMES.getOrDefault(this, "0b" + Integer.toBinaryString(bits));
  }
}
