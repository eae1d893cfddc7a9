package teos.tower.store;

import teos.justice.JusticePolicy;
import teos.protocol.PublicKey;

/**
 * Session of an lnd client.
 *
 * @param id the key that the client connects with
 * @param policy how justice transactions are made of its blobs
 * @param rewardScript where the tower's share goes; empty without one
 * @param maxUpdates the most that it has
 * @param lastApplied the sequence number of the last update that is stored; 0 for none
 * @param clientLastApplied the last one that the client has told to have a reply for
 * @param startBlock height at which it was opened
 * @param stored how many updates are stored
 * @param lapsed whether no capacity is reserved for its updates: only if it has none
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

  /** Slots that are reserved for its updates. */
  public int reserved() {
    return lapsed ? 0 : maxUpdates;
  }

  /** Returns a session that has no updates yet. */
  public static SessionRecord opened(
      PublicKey id, JusticePolicy policy, byte[] rewardScript, int maxUpdates, long startBlock) {
    return new SessionRecord(id, policy, rewardScript, maxUpdates, 0, 0, startBlock, 0, false);
  }

  /**
   * Returns the session after an update, for which capacity is reserved.
   *
   * @param isNew whether the update has not replaced another one
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
