package teos.teosd.api;

import teos.justice.BlobType;
import teos.justice.JusticePolicy;

/**
 * Request to open a session of lnd's protocol, with the numbers that the client has sent.
 *
 * @param blobType bits of {@link BlobType}
 * @param maxUpdates updates that the session may have
 * @param rewardBase fixed part of the tower's reward, satoshi
 * @param rewardRate proportional part of the tower's reward, millionths of the swept amount
 * @param sweepFeeRate of the justice transactions, satoshi per 1,000 units of weight
 */
public record SessionRequest(
    int blobType, int maxUpdates, long rewardBase, long rewardRate, long sweepFeeRate) {

  BlobType type() {
    return new BlobType(blobType);
  }

  JusticePolicy justicePolicy() {
    return new JusticePolicy(type(), rewardBase, rewardRate, sweepFeeRate);
  }
}
