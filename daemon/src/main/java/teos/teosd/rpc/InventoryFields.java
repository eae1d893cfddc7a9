package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.Txid;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.v2.Session;
import teos.rpc.v2.UserDetails;
import teos.tower.inventory.Inventory;
import teos.tower.inventory.InventoryEntry;
import teos.tower.store.PenaltyStage;
import teos.tower.store.PenaltyStatus;
import teos.tower.store.SessionRecord;
import teos.tower.store.StoredAppointment;
import teos.tower.store.Tracker;
import teos.tower.store.UserNotes;
import teos.tower.store.UserRecord;

/** Converts stored data into the messages of the operator's calls of v2. */
final class InventoryFields {

  private InventoryFields() {}

  /**
   * Returns an appointment: watched, or with its tracker.
   *
   * @param inventory judges whether its penalties will confirm in time
   */
  static AppointmentData data(InventoryEntry entry, Inventory inventory) {
    return switch (entry) {
      case InventoryEntry.Watched(StoredAppointment stored) ->
          AppointmentData.newBuilder()
              .setAppointment(BinaryFields.appointment(stored.appointment()))
              .setDetails(
                  details(stored.uuid(), stored.user(), stored.appointment().locator())
                      .setStartBlock((int) stored.startBlock()))
              .build();
      case InventoryEntry.Responded(Tracker tracker, List<Tracker> all, byte[] penaltyTx) ->
          AppointmentData.newBuilder()
              .setTracker(BinaryFields.tracker(tracker, penaltyTx))
              .setDetails(
                  PenaltyFields.add(details(tracker), tracker, all, inventory.forecast(all)))
              .build();
    };
  }

  private static AppointmentDetails.Builder details(
      AppointmentUuid uuid, PublicKey user, Locator locator) {
    return AppointmentDetails.newBuilder()
        .setUuid(ByteString.copyFrom(uuid.bytes()))
        .setUserId(ByteString.copyFrom(user.bytes()))
        .setLocator(ByteString.copyFrom(locator.bytes()));
  }

  private static AppointmentDetails.Builder details(Tracker tracker) {
    AppointmentDetails.Builder details =
        details(tracker.uuid(), tracker.user(), tracker.locator())
            .setPenaltyStatus(PenaltyStage.of(tracker.status()).word())
            .setPenaltyHeight(tracker.status().height())
            .setDisputeHeight(tracker.disputeHeight().orElse(0));
    return switch (tracker.status()) {
      case PenaltyStatus.Refused refused -> details.setRefusal(refused.reason());
      case PenaltyStatus.Outspent outspent ->
          details.setBeatenBy(ByteString.copyFrom(Txid.fromDisplayHex(outspent.by()).internal()));
      default -> details;
    };
  }

  /** Returns a user with their subscription. */
  static UserDetails user(Inventory.UserHoldings holder, UserNotes notes) {
    UserRecord user = holder.user();
    return UserDetails.newBuilder()
        .setUserId(ByteString.copyFrom(user.id().bytes()))
        .setAvailableSlots((int) user.availableSlots())
        .setSubscriptionStart((int) user.subscriptionStart())
        .setSubscriptionExpiry((int) user.subscriptionExpiry())
        .setDialect(user.dialect().name().toLowerCase(Locale.ROOT))
        .setAppointments((int) holder.appointments())
        .setLabel(notes.label())
        .setLastSeen(seconds(notes))
        .build();
  }

  /** Returns when a user was last seen, in seconds since 1970; 0 if never. */
  static long seconds(UserNotes notes) {
    return notes.lastSeen().map(Instant::getEpochSecond).orElse(0L);
  }

  /** Returns a session of an lnd client. */
  static Session session(SessionRecord session) {
    return Session.newBuilder()
        .setSessionId(ByteString.copyFrom(session.id().bytes()))
        .setBlobType(session.policy().type().toString())
        .setMaxUpdates(session.maxUpdates())
        .setLastApplied(session.lastApplied())
        .setSweepFeeRate(session.policy().sweepFeeRate())
        .setStartBlock((int) session.startBlock())
        .build();
  }
}
