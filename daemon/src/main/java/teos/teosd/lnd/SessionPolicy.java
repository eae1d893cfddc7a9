package teos.teosd.lnd;

import java.util.Optional;
import java.util.Set;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;
import teos.wtwire.ErrorCode;
import teos.wtwire.Message.CreateSession;

/**
 * Policy of the operator: which sessions the tower opens.
 *
 * @param maxUpdates in a session
 * @param maxSweepFeeRate satoshi per 1,000 units of weight
 * @param maxSessions of all clients
 * @param rewardScript where the tower's share goes, P2WPKH; empty if it takes none
 * @param clients keys that may open one; empty for all
 */
public record SessionPolicy(
    int maxUpdates,
    long maxSweepFeeRate,
    long maxSessions,
    byte[] rewardScript,
    Set<PublicKey> clients) {

  /**
   * What nodes relay: 1 satoshi per virtual byte, rounded up. lnd's client asks for 1,000 or more.
   */
  private static final long MIN_SWEEP_FEE_RATE = 253;

  /** In millionths. */
  private static final long WHOLE = 1_000_000;

  public SessionPolicy {
    clients = Set.copyOf(clients);
  }

  /** Returns the error for a session that {@code client} must not have; empty if it may have it. */
  Optional<ErrorCode> refuses(PublicKey client, CreateSession wish) {
    BlobType type = new BlobType(wish.blobType());
    if (!clients.isEmpty() && !clients.contains(client)) {
      return Optional.of(ErrorCode.PERMANENT_FAILURE);
    }
    if (!type.isKnown() || (type.hasReward() && rewardScript.length == 0)) {
      return Optional.of(ErrorCode.REJECT_BLOB_TYPE);
    }
    boolean reward = wish.rewardBase() != 0 || wish.rewardRate() != 0;
    if ((reward && !type.hasReward()) || wish.rewardRate() > WHOLE) {
      return Optional.of(ErrorCode.REJECT_REWARD_RATE);
    }
    if (wish.maxUpdates() == 0 || wish.maxUpdates() > maxUpdates) {
      return Optional.of(ErrorCode.REJECT_MAX_UPDATES);
    }
    boolean payable =
        wish.sweepFeeRate() >= MIN_SWEEP_FEE_RATE && wish.sweepFeeRate() <= maxSweepFeeRate;
    return payable ? Optional.empty() : Optional.of(ErrorCode.REJECT_SWEEP_FEE_RATE);
  }

  static JusticePolicy justicePolicy(CreateSession wish) {
    return new JusticePolicy(
        new BlobType(wish.blobType()), wish.rewardBase(), wish.rewardRate(), wish.sweepFeeRate());
  }

  /** Where the tower's share of a session's justice transactions goes; empty if it has none. */
  byte[] rewardScript(CreateSession wish) {
    return new BlobType(wish.blobType()).hasReward() ? rewardScript.clone() : new byte[0];
  }
}
