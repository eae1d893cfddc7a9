package teos.justice;

import java.util.Map;
import java.util.Optional;

/**
 * Type of a session's blobs: 16 flag bits. Source: lnd's {@code blob.Type}.
 *
 * @param bits 1: reward for the tower; 2: sweeps the outputs of the commitment; 4: anchor channel;
 *     8: taproot channel; 16: taproot channel with the final scripts
 */
public record BlobType(int bits) {

  private static final int REWARD = 1;

  /** Legacy channels, without a reward. */
  public static final BlobType COMMIT = new BlobType(0b00010);

  /** Legacy channels, with a reward for the tower. */
  public static final BlobType REWARD_COMMIT = new BlobType(0b00011);

  /** Anchor channels, without a reward. */
  public static final BlobType ANCHOR = new BlobType(0b00110);

  /** Simple taproot channels with the draft scripts, without a reward. */
  public static final BlobType TAPROOT = new BlobType(0b01010);

  /** Simple taproot channels with the final scripts, without a reward. */
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

  /** Returns whether this is one of the types above. */
  public boolean isKnown() {
    return NAMES.containsKey(this);
  }

  /** Returns whether the tower gets a reward. */
  public boolean hasReward() {
    return (bits & REWARD) != 0;
  }

  /**
   * Returns the bytes of an encrypted blob: nonce (24), justice kit, tag (16); empty if the type is
   * unknown.
   */
  public Optional<Integer> blobLength() {
    return Optional.ofNullable(COMMITMENT_TYPES.get(this))
        .map(commitment -> XChaCha20Poly1305.OVERHEAD + commitment.kitLength);
  }

  /**
   * Returns the type of the revoked commitment.
   *
   * @throws JusticeException if the blob type is unknown
   */
  CommitmentType commitmentType() throws JusticeException {
    CommitmentType commitment = COMMITMENT_TYPES.get(this);
    if (commitment == null) {
      throw new JusticeException("unknown blob type: " + this);
    }
    return commitment;
  }

  /** Returns lnd's name of the type, or its bits in binary if it is unknown. */
  @Override
  public String toString() {
    return NAMES.getOrDefault(this, "0b" + Integer.toBinaryString(bits));
  }
}
