package teos.teosd.api;

/** Result of a request to open a session of lnd's protocol. */
public sealed interface SessionResult {

  /**
   * The session is open and on disk.
   *
   * @param rewardScript output script for the tower's reward; empty if it takes none
   */
  record Opened(byte[] rewardScript) implements SessionResult {}

  /**
   * A session with updates exists for this key and stays unchanged.
   *
   * @param lastApplied sequence number of its last update
   * @param rewardScript output script for the tower's reward; empty if it takes none
   */
  record InUse(int lastApplied, byte[] rewardScript) implements SessionResult {}

  /** The operator's {@link SessionPolicy} does not allow the session. */
  record Refused(Reason reason) implements SessionResult {}

  /** The client has exceeded the rate limit on new sessions. */
  record RateLimited() implements SessionResult {}

  /** The key belongs to a user of another dialect, or to updates of an earlier session. */
  record KeyTaken() implements SessionResult {}

  /** The tower temporarily opens no session, or none of this size. */
  record Unavailable(String why) implements SessionResult {}

  /** Part of a request that the policy does not allow. */
  enum Reason {
    /** The client's key is not one of those that the operator has named. */
    CLIENT,
    /** The tower does not know the blob type, or takes no reward. */
    BLOB_TYPE,
    /** The reward does not fit the blob type, or is more than the whole amount. */
    REWARD_RATE,
    /** The session would have no updates, or too many. */
    MAX_UPDATES,
    /** Nodes would not relay the justice transactions, or their fees would be too high. */
    SWEEP_FEE_RATE
  }
}
