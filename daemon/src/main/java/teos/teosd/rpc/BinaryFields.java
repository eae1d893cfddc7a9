package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import io.grpc.StatusException;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.store.Tracker;

/** v2's fields: raw bytes, txids in internal order. */
final class BinaryFields {

  private BinaryFields() {}

  static PublicKey user(ByteString bytes) throws StatusException {
    try {
      return PublicKey.of(bytes.toByteArray());
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid(
          "user_id is not a compressed public key (33 bytes): " + bytes.size() + " bytes");
    }
  }

  static Locator locator(ByteString bytes) throws StatusException {
    try {
      return new Locator(bytes.toByteArray());
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid("locator: 16 bytes are expected, not " + bytes.size());
    }
  }

  static teos.rpc.common.v2.Appointment appointment(Appointment appointment) {
    return teos.rpc.common.v2.Appointment.newBuilder()
        .setLocator(ByteString.copyFrom(appointment.locator().bytes()))
        .setEncryptedBlob(ByteString.copyFrom(appointment.encryptedBlob()))
        .setToSelfDelay((int) appointment.toSelfDelay())
        .build();
  }

  static teos.rpc.common.v2.Tracker tracker(Tracker tracker, byte[] penaltyTx) {
    return teos.rpc.common.v2.Tracker.newBuilder()
        .setDisputeTxid(ByteString.copyFrom(tracker.disputeTxid().internal()))
        .setPenaltyTxid(ByteString.copyFrom(tracker.penaltyTxid().internal()))
        .setPenaltyRawtx(ByteString.copyFrom(penaltyTx))
        .build();
  }
}
