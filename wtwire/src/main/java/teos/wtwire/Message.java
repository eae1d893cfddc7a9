package teos.wtwire;

import teos.protocol.Locator;

/**
 * A message: its type as a u16, and then its fields. All numbers are unsigned and big-endian.
 *
 * <p>Bytes behind the last field are passed over, as lnd does it.
 */
public sealed interface Message {

  /**
   * The first of both sides, 600.
   *
   * @param features a u16 of how many bytes, and these: see {@link Features}
   * @param chainHash 32 bytes, the genesis block's hash in internal order
   */
  record Init(byte[] features, byte[] chainHash) implements Message {}

  /**
   * Why the connection is going to end, 601.
   *
   * @param code u16
   * @param data a u16 of how many bytes, and these
   */
  record ErrorMessage(int code, byte[] data) implements Message {}

  /**
   * Opens a session for the key that the client has connected with, 602.
   *
   * @param blobType u16
   * @param maxUpdates u16
   * @param rewardBase u32, satoshi
   * @param rewardRate u32, millionths
   * @param sweepFeeRate u64, satoshi per 1,000 units of weight
   */
  record CreateSession(
      int blobType, int maxUpdates, long rewardBase, long rewardRate, long sweepFeeRate)
      implements Message {}

  /**
   * The answer to that, 603.
   *
   * @param code u16
   * @param lastApplied u16
   * @param data a CompactSize of how many bytes, and these: where a reward goes
   */
  record CreateSessionReply(ErrorCode code, int lastApplied, byte[] data) implements Message {}

  /**
   * A blob for a commitment, 604.
   *
   * @param sequence u16, from 1 on
   * @param lastApplied u16, the last one that the client knows to be stored
   * @param complete a byte, 1 in the last one of a connection
   * @param hint 16 bytes, by which the commitment is found
   * @param blob a CompactSize of how many bytes, and these
   */
  record StateUpdate(int sequence, int lastApplied, boolean complete, Locator hint, byte[] blob)
      implements Message {}

  /**
   * The answer to that, 605.
   *
   * @param code u16
   * @param lastApplied u16
   */
  record StateUpdateReply(ErrorCode code, int lastApplied) implements Message {}

  /** Deletes the session and all of its updates, 606. It has no fields. */
  record DeleteSession() implements Message {}

  /**
   * The answer to that, 607.
   *
   * @param code u16
   */
  record DeleteSessionReply(ErrorCode code) implements Message {}
}
