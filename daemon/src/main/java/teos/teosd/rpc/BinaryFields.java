package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import io.grpc.StatusException;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.store.Tracker;

/** Converts the fields of v2: raw bytes, txids in internal byte order. */
final class BinaryFields {

  private BinaryFields() {}

  static PublicKey user(ByteString bytes) throws StatusException {
    try {
      return PublicKey.of(bytes.toByteArray());
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid(
          "user_id: expected a compressed public key (33 bytes), got " + bytes.size() + " bytes");
    }
  }

  static Locator locator(ByteString bytes) throws StatusException {
    try {
      return new Locator(bytes.toByteArray());
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid("locator: expected 16 bytes, got " + bytes.size());
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
