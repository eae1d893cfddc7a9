package teos.teosd.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.List;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.teosd.InternalApi;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.store.Tracker;
import teos.tower.store.UserRecord;

/** JSON of the public API's responses, with the fields of both dialects. */
final class ApiJson {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ApiJson() {}

  static ObjectNode error(String text) {
    return JSON.objectNode().put("error", text);
  }

  static ObjectNode registered(PublicKey user, InternalApi.Registration registration) {
    RegistrationReceipt receipt = registration.receipt();
    return JSON.objectNode()
        .put("user_id", user.toHex())
        .put("public_key", user.toHex())
        .put("available_slots", receipt.availableSlots())
        .put("subscription_start", receipt.subscriptionStart())
        .put("subscription_expiry", receipt.subscriptionExpiry())
        .put("subscription_signature", registration.signature());
  }

  /**
   * @param locator as the client expects it back
   */
  static ObjectNode accepted(String locator, InternalApi.SignedAcceptance taken) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("start_block", taken.accepted().receipt().startBlock())
        .put("signature", taken.signature())
        .put("available_slots", taken.accepted().availableSlots())
        .put("subscription_expiry", taken.accepted().subscriptionExpiry());
  }

  /**
   * @param locator as the client expects it back
   */
  static ObjectNode appointment(String locator, AppointmentInfo info) {
    ObjectNode answer = JSON.objectNode().put("locator", locator);
    return switch (info) {
      case AppointmentInfo.BeingWatched watched -> {
        answer.set("appointment", watched(locator, watched.appointment()));
        yield answer.put("status", "being_watched");
      }
      case AppointmentInfo.DisputeResponded responded -> {
        answer.set("appointment", responded(locator, responded.tracker()));
        yield answer.put("status", "dispute_responded");
      }
    };
  }

  private static ObjectNode watched(String locator, Appointment appointment) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("encrypted_blob", HexFormat.of().formatHex(appointment.encryptedBlob()))
        .put("to_self_delay", appointment.toSelfDelay());
  }

  private static ObjectNode responded(String locator, Tracker tracker) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("dispute_txid", tracker.disputeTxid().toString())
        .put("penalty_txid", tracker.penaltyTxid().toString())
        .put("penalty_rawtx", HexFormat.of().formatHex(tracker.penaltyTx()));
  }

  /**
   * @param locator as the client expects it back
   */
  static ObjectNode deleted(String locator, UserRecord user, long availableSlots) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("status", "deleted")
        .put("available_slots", availableSlots)
        .put("subscription_expiry", user.subscriptionExpiry());
  }

  static ObjectNode subscription(InternalApi.Subscription subscription) {
    UserRecord user = subscription.user();
    ObjectNode answer =
        JSON.objectNode()
            .put("available_slots", user.availableSlots())
            .put("subscription_expiry", user.subscriptionExpiry());
    answer.set("appointments", hex(subscription.locators()));
    answer.set("locators", hex(subscription.locators()));
    return answer;
  }

  private static ArrayNode hex(List<Locator> locators) {
    ArrayNode array = JSON.arrayNode();
    locators.forEach(locator -> array.add(locator.toHex()));
    return array;
  }
}
