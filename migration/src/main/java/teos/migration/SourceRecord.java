package teos.migration;

import java.util.Optional;
import java.util.OptionalLong;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;

/** One thing that another tower keeps, in this tower's terms. */
public sealed interface SourceRecord {

  /**
   * A registered user.
   *
   * @param id 33 bytes; python-teos registers those that are no point on the curve as well
   * @param dialect what the other tower spoke
   * @param availableSlots slots left, an unsigned 32-bit integer
   * @param subscriptionStart height; python-teos does not keep it
   * @param subscriptionExpiry height
   */
  record User(
      PublicKey id,
      Dialect dialect,
      long availableSlots,
      OptionalLong subscriptionStart,
      long subscriptionExpiry)
      implements SourceRecord {}

  /** An appointment, watched or answered. */
  record Kept(StoredAppointment stored) implements SourceRecord {}

  /**
   * A dispute that has been answered.
   *
   * @param key what the other tower keeps it under, for messages
   * @param slots that its appointment takes
   * @param disputeTx raw; python-teos does not keep it
   * @param penaltyTx raw
   * @param status how far the penalty has come; python-teos does not keep it
   * @param startBlock of its appointment, if that is still there
   */
  record Answered(
      String key,
      Locator locator,
      PublicKey user,
      int slots,
      Optional<byte[]> disputeTx,
      Txid disputeTxid,
      byte[] penaltyTx,
      Txid penaltyTxid,
      Optional<PenaltyStatus> status,
      OptionalLong startBlock)
      implements SourceRecord {}

  /**
   * Something else.
   *
   * @param key where it is
   * @param why what was expected
   */
  record NotUnderstood(String key, String why) implements SourceRecord {}
}
