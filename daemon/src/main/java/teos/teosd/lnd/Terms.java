package teos.teosd.lnd;

import java.util.Optional;
import java.util.Set;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;
import teos.wtwire.Code;
import teos.wtwire.Message.CreateSession;

/**
 * What sessions the tower opens.
 *
 * @param maxUpdates in a session
 * @param maxSweepFeeRate satoshi per 1,000 units of weight
 * @param clients keys that may open one; empty for all
 */
public record Terms(int maxUpdates, long maxSweepFeeRate, Set<PublicKey> clients) {

  /** What nodes relay, and lnd asks for at least: 253 satoshi per 1,000 units of weight. */
  private static final long MIN_SWEEP_FEE_RATE = 253;

  public Terms {
    clients = Set.copyOf(clients);
  }

  /** Why {@code client} is not to have the session it asks for; nothing if it is. */
  Optional<Code> refuses(PublicKey client, CreateSession wish) {
    BlobType type = new BlobType(wish.blobType());
    if (!clients.isEmpty() && !clients.contains(client)) {
      return Optional.of(Code.PERMANENT_FAILURE);
    }
    if (!type.isKnown() || type.hasReward()) {
      return Optional.of(Code.REJECT_BLOB_TYPE);
    }
    if (wish.rewardBase() != 0 || wish.rewardRate() != 0) {
      return Optional.of(Code.REJECT_REWARD_RATE);
    }
    if (wish.maxUpdates() == 0 || wish.maxUpdates() > maxUpdates) {
      return Optional.of(Code.REJECT_MAX_UPDATES);
    }
    boolean payable =
        wish.sweepFeeRate() >= MIN_SWEEP_FEE_RATE && wish.sweepFeeRate() <= maxSweepFeeRate;
    return payable ? Optional.empty() : Optional.of(Code.REJECT_SWEEP_FEE_RATE);
  }

  static JusticePolicy policy(CreateSession wish) {
    return JusticePolicy.altruist(new BlobType(wish.blobType()), wish.sweepFeeRate());
  }
}
