package teos.teosd.api;

import java.util.Optional;
import java.util.Set;
import teos.justice.BlobType;
import teos.protocol.PublicKey;
import teos.teosd.api.SessionResult.Reason;

/**
 * The operator's policy for sessions of lnd's protocol.
 *
 * @param maxUpdates updates in a session
 * @param maxSweepFeeRate satoshi per 1,000 units of weight
 * @param maxSessions sessions of all clients together
 * @param rewardScript output script for the tower's reward, P2WPKH; empty if it takes none
 * @param clients keys that may open a session; empty for all
 */
public record SessionPolicy(
    int maxUpdates,
    long maxSweepFeeRate,
    long maxSessions,
    byte[] rewardScript,
    Set<PublicKey> clients) {

  /**
   * The minimum that nodes relay: 1 satoshi per virtual byte, rounded up. lnd's client asks for
   * 1,000 or more.
   */
  private static final long MIN_SWEEP_FEE_RATE = 253;

  /** A reward rate of 100 %, in millionths. */
  private static final long MAX_REWARD_RATE = 1_000_000;

  public SessionPolicy {
    clients = Set.copyOf(clients);
  }

  /** Returns why {@code client} may not have the session; empty if the policy allows it. */
  public Optional<Reason> check(PublicKey client, SessionRequest request) {
    BlobType type = request.type();
    if (!clients.isEmpty() && !clients.contains(client)) {
      return Optional.of(Reason.CLIENT);
    }
    if (!type.isKnown() || (type.hasReward() && rewardScript.length == 0)) {
      return Optional.of(Reason.BLOB_TYPE);
    }
    boolean reward = request.rewardBase() != 0 || request.rewardRate() != 0;
    if ((reward && !type.hasReward()) || request.rewardRate() > MAX_REWARD_RATE) {
      return Optional.of(Reason.REWARD_RATE);
    }
    if (request.maxUpdates() == 0 || request.maxUpdates() > maxUpdates) {
      return Optional.of(Reason.MAX_UPDATES);
    }
    boolean payable =
        request.sweepFeeRate() >= MIN_SWEEP_FEE_RATE && request.sweepFeeRate() <= maxSweepFeeRate;
    return payable ? Optional.empty() : Optional.of(Reason.SWEEP_FEE_RATE);
  }

  /** Returns the output script for the tower's reward in this session; empty if it has none. */
  public byte[] rewardScript(SessionRequest request) {
    return request.type().hasReward() ? rewardScript.clone() : new byte[0];
  }
}
