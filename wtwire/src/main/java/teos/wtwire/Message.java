package teos.wtwire;

import teos.protocol.Locator;

/**
 * Message: its type (u16), then its fields. All integers are unsigned and big-endian, except
 * CompactSize lengths.
 *
 * <p>Bytes after the last field are ignored, as in lnd.
 */
public sealed interface Message {

  /**
   * Type 600: the first message of each side.
   *
   * @param features u16 length, then that many bytes; see {@link Features}
   * @param chainHash 32 bytes, the genesis block's hash, internal order
   */
  record Init(byte[] features, byte[] chainHash) implements Message {}

  /**
   * Type 601: an error, after which the connection is closed.
   *
   * @param code u16
   * @param data u16 length, then that many bytes
   */
  record ErrorMessage(int code, byte[] data) implements Message {}

  /**
   * Type 602: opens a session for the static key of the client's connection.
   *
   * @param blobType u16
   * @param maxUpdates u16
   * @param rewardBase u32, satoshi per justice transaction
   * @param rewardRate u32, millionths of the amount
   * @param sweepFeeRate u64, satoshi per 1,000 weight units (sat/kw)
   */
  record CreateSession(
      int blobType, int maxUpdates, long rewardBase, long rewardRate, long sweepFeeRate)
      implements Message {}

  /**
   * Type 603: the reply to {@link CreateSession}.
   *
   * @param code u16
   * @param lastApplied u16, the last update that the tower has stored in this session
   * @param data CompactSize length, then that many bytes: the script for the tower's reward
   */
  record CreateSessionReply(ErrorCode code, int lastApplied, byte[] data) implements Message {}

  /**
   * Type 604: the blob for a revoked commitment.
   *
   * @param sequence u16, starts at 1
   * @param lastApplied u16, the last update that the client knows to be stored
   * @param complete 1 byte; 1 if the client closes the connection after this update
   * @param hint 16 bytes, the breach hint of the commitment
   * @param blob CompactSize length, then that many bytes
   */
  record StateUpdate(int sequence, int lastApplied, boolean complete, Locator hint, byte[] blob)
      implements Message {}

  /**
   * Type 605: the reply to {@link StateUpdate}.
   *
   * @param code u16
   * @param lastApplied u16, the last update that the tower has stored in this session
   */
  record StateUpdateReply(ErrorCode code, int lastApplied) implements Message {}

  /** Type 606: deletes the session and all of its updates. No fields. */
  record DeleteSession() implements Message {}

  /**
   * Type 607: the reply to {@link DeleteSession}.
   *
   * @param code u16
   */
  record DeleteSessionReply(ErrorCode code) implements Message {}
}
