package teos.teosd.rpc;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.StatusException;
import java.util.HexFormat;
import java.util.List;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.inventory.InventoryEntry;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;

/** Converts the fields of v1: hex strings, txids in display order, Structs for Python's dicts. */
final class HexFields {

  private static final String APPOINTMENTS = "watcher_appointments";
  private static final String TRACKERS = "responder_trackers";

  private final long minToSelfDelay;

  HexFields(long minToSelfDelay) {
    this.minToSelfDelay = minToSelfDelay;
  }

  static PublicKey user(String hex) throws StatusException {
    try {
      return PublicKey.fromHex(hex);
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid("user_id: expected a compressed public key (66 hex digits)");
    }
  }

  static Locator locator(String hex) throws StatusException {
    try {
      return Locator.fromHex(hex);
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid("locator: expected 32 hex digits");
    }
  }

  Appointment appointment(teos.rpc.v1.Appointment appointment) throws StatusException {
    Locator locator = locator(appointment.getLocator());
    long delay = Integer.toUnsignedLong(appointment.getToSelfDelay());
    if (delay < minToSelfDelay) {
      throw UnaryCalls.invalid(
          "to_self_delay too small: expected at least " + minToSelfDelay + ", got " + delay);
    }
    try {
      byte[] blob = HexFormat.of().parseHex(appointment.getEncryptedBlob());
      if (blob.length > 0) {
        return new Appointment(locator, blob, delay);
      }
    } catch (IllegalArgumentException e) {
      // reported below, like an empty blob
    }
    throw UnaryCalls.invalid("encrypted_blob: expected an even number of hex digits");
  }

  static teos.rpc.v1.Appointment appointment(Appointment appointment) {
    return teos.rpc.v1.Appointment.newBuilder()
        .setLocator(appointment.locator().toHex())
        .setEncryptedBlob(hex(appointment.encryptedBlob()))
        .setToSelfDelay((int) appointment.toSelfDelay())
        .build();
  }

  static teos.rpc.v1.Tracker tracker(Tracker tracker, byte[] penaltyTx) {
    return teos.rpc.v1.Tracker.newBuilder()
        .setLocator(tracker.locator().toHex())
        .setDisputeTxid(tracker.disputeTxid().toString())
        .setPenaltyTxid(tracker.penaltyTxid().toString())
        .setPenaltyRawtx(hex(penaltyTx))
        .build();
  }

  /** Returns {@code {part: {uuid: {...}}}} with one entry. */
  static Struct entry(InventoryEntry entry) {
    return switch (entry) {
      case InventoryEntry.Watched(StoredAppointment stored) ->
          singleton(APPOINTMENTS, singleton(stored.uuid().toHex(), struct(stored)));
      case InventoryEntry.Responded(Tracker tracker, List<Tracker> all, byte[] penaltyTx) ->
          singleton(TRACKERS, singleton(tracker.uuid().toHex(), struct(tracker, penaltyTx)));
    };
  }

  /** Merges {@code entries} into one Struct that always has both parts, even if they are empty. */
  static Struct byPart(List<Struct> entries) {
    Struct.Builder watched = Struct.newBuilder();
    Struct.Builder trackers = Struct.newBuilder();
    for (Struct entry : entries) {
      merge(entry, APPOINTMENTS, watched);
      merge(entry, TRACKERS, trackers);
    }
    return Struct.newBuilder()
        .putFields(APPOINTMENTS, value(watched.build()))
        .putFields(TRACKERS, value(trackers.build()))
        .build();
  }

  private static void merge(Struct entry, String part, Struct.Builder target) {
    Value found = entry.getFieldsOrDefault(part, Value.getDefaultInstance());
    target.putAllFields(found.getStructValue().getFieldsMap());
  }

  private static Struct singleton(String name, Struct content) {
    return Struct.newBuilder().putFields(name, value(content)).build();
  }

  private static Struct struct(StoredAppointment stored) {
    Appointment appointment = stored.appointment();
    return Struct.newBuilder()
        .putFields("locator", text(appointment.locator().toHex()))
        .putFields("encrypted_blob", text(hex(appointment.encryptedBlob())))
        .putFields("to_self_delay", number(appointment.toSelfDelay()))
        .putFields("user_id", text(stored.user().toHex()))
        .putFields("user_signature", text(stored.userSignature()))
        .putFields("start_block", number(stored.startBlock()))
        .build();
  }

  private static Struct struct(Tracker tracker, byte[] penaltyTx) {
    return Struct.newBuilder()
        .putFields("locator", text(tracker.locator().toHex()))
        .putFields("dispute_txid", text(tracker.disputeTxid().toString()))
        .putFields("penalty_txid", text(tracker.penaltyTxid().toString()))
        .putFields("penalty_rawtx", text(hex(penaltyTx)))
        .putFields("user_id", text(tracker.user().toHex()))
        .build();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  static Value number(long number) {
    return Value.newBuilder().setNumberValue((double) number).build();
  }

  private static Value value(Struct struct) {
    return Value.newBuilder().setStructValue(struct).build();
  }
}
