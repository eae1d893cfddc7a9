package teos.tower.store;

import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;

/**
 * Session of an lnd client.
 *
 * @param id key that the client connects with
 * @param policy how justice transactions are built from its blobs
 * @param rewardScript script that the tower's reward is paid to; empty without a reward
 * @param maxUpdates maximum number of updates of the session
 * @param lastApplied sequence number of the last stored update; 0 for none
 * @param clientLastApplied last sequence number whose reply the client has acknowledged
 * @param startBlock height at which it was opened
 * @param stored number of stored updates
 * @param lapsed whether no capacity is reserved for its updates; only without stored updates
 */
public record SessionRecord(
    PublicKey id,
    JusticePolicy policy,
    byte[] rewardScript,
    int maxUpdates,
    int lastApplied,
    int clientLastApplied,
    long startBlock,
    int stored,
    boolean lapsed) {

  /** Returns the slots that are reserved for its updates. */
  public int reserved() {
    return lapsed ? 0 : maxUpdates;
  }

  /** Returns a new session without updates. */
  public static SessionRecord opened(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long startBlock) {
    return new SessionRecord(id, policy, rewardScript, maxUpdates, 0, 0, startBlock, 0, false);
  }

  /**
   * Returns the session after an update, for which capacity is reserved.
   *
   * @param sequence sequence number of the update
   * @param clientLastApplied last sequence number whose reply the client has acknowledged
   * @param isNew false if the update replaces another one
   */
  public SessionRecord applied(int sequence, int clientLastApplied, boolean isNew) {
    return new SessionRecord(
        id,
        policy,
        rewardScript,
        maxUpdates,
        sequence,
        clientLastApplied,
        startBlock,
        isNew ? stored + 1 : stored,
        false);
  }
}
