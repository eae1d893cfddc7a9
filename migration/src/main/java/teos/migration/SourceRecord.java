package teos.migration;

import java.util.Optional;
import java.util.OptionalLong;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.StoredAppointment;

/** A record in the data folder of another tower, converted to this tower's types. */
public sealed interface SourceRecord {

  /**
   * A registered user.
   *
   * @param id 33 bytes; python-teos also registers keys that are not points on the curve
   * @param dialect the protocol that the other tower spoke
   * @param availableSlots free slots, an unsigned 32-bit integer
   * @param subscriptionStart height; python-teos does not store it
   * @param subscriptionExpiry height
   */
  record User(
      PublicKey id,
      Dialect dialect,
      long availableSlots,
      OptionalLong subscriptionStart,
      long subscriptionExpiry)
      implements SourceRecord {}

  /** An appointment, with or without a tracker. */
  record Appointment(StoredAppointment stored) implements SourceRecord {}

  /**
   * A dispute to which the other tower has responded.
   *
   * @param key the record's key in the other tower's database, for messages
   * @param slots slots that its appointment uses
   * @param disputeTx raw transaction; python-teos does not store it
   * @param penaltyTx raw transaction
   * @param status last known status of the penalty; python-teos does not store it
   * @param startBlock start block of its appointment; empty if the appointment is missing
   */
  record Tracker(
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
   * A record that cannot be converted.
   *
   * @param key its key in the other tower's database
   * @param reason what is wrong with it, and what was expected
   */
  record Unrecognized(String key, String reason) implements SourceRecord {}
}
