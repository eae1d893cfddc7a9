package teos.justice;

/**
 * Terms of a session for its justice transactions. Source: lnd's {@code wtpolicy.TxPolicy}.
 *
 * @param type type of the blobs
 * @param rewardBase fixed reward of the tower per justice transaction in satoshi, if the type has a
 *     reward
 * @param rewardRate proportional reward in millionths of the amount above {@code rewardBase}
 * @param sweepFeeRate satoshi per 1,000 weight units (sat/kw)
 */
public record JusticePolicy(BlobType type, long rewardBase, long rewardRate, long sweepFeeRate) {

  /** Denominator of the reward rate. */
  private static final long MILLIONTHS = 1_000_000;

  /** Returns a policy without a reward. */
  public static JusticePolicy altruist(BlobType type, long sweepFeeRate) {
    return new JusticePolicy(type, 0, 0, sweepFeeRate);
  }

  /** Returns the fee for {@code weight} weight units in satoshi, rounded down. */
  long fee(long weight) {
    return Math.multiplyExact(sweepFeeRate, weight) / 1_000;
  }

  /** Returns the reward from {@code total} satoshi in satoshi, rounded up. */
  long reward(long total) {
    if (rewardBase > total) {
      return rewardBase;
    }
    long share = Math.multiplyExact(total - rewardBase, rewardRate);
    return rewardBase + (share + MILLIONTHS - 1) / MILLIONTHS;
  }
}
