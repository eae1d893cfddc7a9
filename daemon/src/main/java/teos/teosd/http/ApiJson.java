package teos.teosd.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import teos.protocol.Appointment;
import teos.protocol.Bundle;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.teosd.api.AddResult;
import teos.teosd.api.DeletionResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RegistrationResult;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.store.Tracker;
import teos.tower.store.UserRecord;

/** Builds the JSON of the public API's responses, with the fields of both dialects. */
final class ApiJson {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Largest blob or transaction, in bytes, that is encoded in memory; larger ones are streamed. */
  private static final int MAX_IN_MEMORY = 4 * 1024;

  /** Bytes that are encoded as hex at a time. */
  private static final int HEX_CHUNK = 4 * 1024;

  private ApiJson() {}

  static ObjectNode error(String text) {
    return JSON.objectNode().put("error", text);
  }

  static ObjectNode registered(PublicKey user, RegistrationResult.Registered registration) {
    RegistrationReceipt receipt = registration.receipt();
    ObjectNode response =
        JSON.objectNode()
            .put("user_id", user.toHex())
            .put("public_key", user.toHex())
            .put("available_slots", receipt.availableSlots())
            .put("subscription_start", receipt.subscriptionStart())
            .put("subscription_expiry", receipt.subscriptionExpiry())
            .put("subscription_signature", registration.signature());
    return withFeatures(response);
  }

  /**
   * Adds what this tower can do beyond the reference towers, whose clients ignore the field:
   * docs/compatibility.md.
   */
  private static ObjectNode withFeatures(ObjectNode response) {
    response.putArray("features").add(Bundle.FEATURE);
    return response;
  }

  /**
   * @param locator in the form that the client expects
   */
  static ObjectNode accepted(String locator, AddResult.Accepted result) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("start_block", result.accepted().receipt().startBlock())
        .put("signature", result.signature())
        .put("available_slots", result.accepted().availableSlots())
        .put("subscription_expiry", result.accepted().subscriptionExpiry());
  }

  /**
   * @param locator in the form that the client expects
   */
  static ApiResponse watched(String locator, Appointment watched) {
    return appointment(
        JSON.objectNode().put("locator", locator).put("to_self_delay", watched.toSelfDelay()),
        "encrypted_blob",
        watched.encryptedBlob(),
        JSON.objectNode().put("locator", locator).put("status", "being_watched"),
        0);
  }

  /**
   * @param locator in the form that the client expects
   * @param forecast for clients that know its fields; empty for others
   */
  static ApiResponse responded(
      String locator,
      AppointmentInfo.DisputeResponded responded,
      Optional<ConfirmationForecast> forecast) {
    Tracker shown = responded.tracker();
    ObjectNode tracker =
        JSON.objectNode()
            .put("locator", locator)
            .put("dispute_txid", shown.disputeTxid().toString())
            .put("penalty_txid", shown.penaltyTxid().toString());
    forecast.ifPresent(known -> PenaltyJson.add(tracker, shown, responded.all(), known));
    return appointment(
        tracker,
        "penalty_rawtx",
        responded.penaltyTx(),
        JSON.objectNode().put("locator", locator).put("status", "dispute_responded"),
        forecast.isPresent() ? PenaltyJson.heldBytes(responded.all()) : 0);
  }

  /**
   * @param heldBytes memory that {@code appointment} takes if it is large
   */
  private static ApiResponse appointment(
      ObjectNode appointment, String field, byte[] bytes, ObjectNode response, int heldBytes) {
    if (bytes.length + heldBytes <= MAX_IN_MEMORY) {
      appointment.put(field, HexFormat.of().formatHex(bytes));
      response.set("appointment", appointment);
      return ApiResponse.Json.ok(response);
    }
    return new ApiResponse.Streamed(
        out -> {
          JsonGenerator json = start(out, response);
          json.writeObjectFieldStart("appointment");
          writeFields(json, appointment);
          json.writeFieldName(field);
          writeHex(json, bytes);
          json.writeEndObject();
          json.writeEndObject();
          json.close();
        },
        bytes.length + heldBytes);
  }

  private static void writeHex(JsonGenerator json, byte[] bytes) throws IOException {
    json.writeRawValue("\"");
    for (int from = 0; from < bytes.length; from += HEX_CHUNK) {
      int to = Math.min(bytes.length, from + HEX_CHUNK);
      json.writeRaw(HexFormat.of().formatHex(bytes, from, to));
    }
    json.writeRaw('"');
  }

  /**
   * @param locator in the form that the client expects
   */
  static ObjectNode deleted(String locator, DeletionResult.Deleted deleted) {
    return JSON.objectNode()
        .put("locator", locator)
        .put("status", "deleted")
        .put("available_slots", deleted.availableSlots())
        .put("subscription_expiry", deleted.expiry());
  }

  /**
   * Returns the user's subscription with all locators. Only one page of a long list is in memory at
   * a time, so neither many appointments nor a slow client costs memory. Appointments that are
   * added or deleted while the response is sent may be in only one of the two lists.
   */
  static ApiResponse subscription(InternalApi tower, UserRecord user) {
    ObjectNode response =
        withFeatures(
            JSON.objectNode()
                .put("available_slots", user.availableSlots())
                .put("subscription_expiry", user.subscriptionExpiry()));
    List<Locator> first = tower.locators(user, Optional.empty());
    if (first.size() < InternalApi.LOCATORS_PER_PAGE) {
      ArrayNode locators = response.putArray("appointments");
      first.forEach(locator -> locators.add(locator.toHex()));
      return ApiResponse.Json.ok(response.set("locators", locators));
    }
    return new ApiResponse.Streamed(
        out -> {
          JsonGenerator json = start(out, response);
          writeLocators(json, "appointments", first, tower, user);
          writeLocators(json, "locators", first, tower, user);
          json.writeEndObject();
          json.close();
        },
        0);
  }

  private static void writeLocators(
      JsonGenerator json, String field, List<Locator> first, InternalApi tower, UserRecord user)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (List<Locator> page = first; ; ) {
      for (Locator locator : page) {
        json.writeString(locator.toHex());
      }
      if (page.size() < InternalApi.LOCATORS_PER_PAGE) {
        break;
      }
      page = tower.locators(user, Optional.of(page.getLast()));
    }
    json.writeEndArray();
  }

  /** Starts an object with {@code fields}. */
  private static JsonGenerator start(OutputStream out, ObjectNode fields) throws IOException {
    JsonGenerator json = MAPPER.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.writeStartObject();
    writeFields(json, fields);
    return json;
  }

  private static void writeFields(JsonGenerator json, ObjectNode fields) throws IOException {
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      json.writeFieldName(field.getKey());
      json.writeTree(field.getValue());
    }
  }
}
