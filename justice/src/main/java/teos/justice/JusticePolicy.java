package teos.justice;

/**
 * What a client and a tower have agreed on about the justice transactions of a session.
 *
 * @param type of its blobs
 * @param rewardBase satoshi that the tower is to have of each, where the type has a reward
 * @param rewardRate millionths of the rest that it is to have on top
 * @param sweepFeeRate satoshi per 1,000 units of weight
 */
public record JusticePolicy(BlobType type, long rewardBase, long rewardRate, long sweepFeeRate) {

  /** Millionths in a whole. */
  private static final long SCALE = 1_000_000;

  /** Without a reward. */
  public static JusticePolicy altruist(BlobType type, long sweepFeeRate) {
    return new JusticePolicy(type, 0, 0, sweepFeeRate);
  }

  /** Satoshi, rounded down. */
  long fee(long weight) {
    return Math.multiplyExact(sweepFeeRate, weight) / 1_000;
  }

  /** Satoshi of {@code total}, rounded up. */
  long reward(long total) {
    if (rewardBase > total) {
      return rewardBase;
    }
    long share = Math.multiplyExact(total - rewardBase, rewardRate);
    return rewardBase + (share + SCALE - 1) / SCALE;
  }
}
