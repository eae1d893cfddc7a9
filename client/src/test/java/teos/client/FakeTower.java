package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;

/**
 * Tower for one user, correct until a test changes it. Its responses are those of the references.
 */
final class FakeTower implements StubServer.Handler {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  final SecretKey key = SecretKey.generate(new SecureRandom());
  final Map<String, JsonNode> appointments = new LinkedHashMap<>();
  final Dialect dialect;
  SecretKey signingKey = key;
  long slots = 100;
  long height = 120;
  long subscriptionStart = 120;
  long subscriptionExpiry = 4440;
  boolean registered;

  /** Field that this project's towers add to two responses; the reference towers do not. */
  Optional<JsonNode> features = Optional.empty();

  FakeTower(Dialect dialect) {
    this.dialect = dialect;
  }

  void supportBundles() {
    features = Optional.of(MAPPER.createArrayNode().add("other").add("bundles"));
  }

  PublicKey id() {
    return key.publicKey();
  }

  @Override
  public synchronized StubServer.Reply answer(String path, JsonNode body) {
    return switch (path) {
      case "/register" -> register(body);
      case "/add_appointment" -> registered ? add(body) : notRegistered();
      case "/get_appointment" -> get(body);
      case "/get_subscription_info" -> registered ? info() : notRegistered();
      case "/ping" -> new StubServer.Reply(204, "", Map.of());
      default -> new StubServer.Reply(404, "nothing here", Map.of());
    };
  }

  private StubServer.Reply register(JsonNode body) {
    String field = dialect == Dialect.V1 ? "public_key" : "user_id";
    if (!body.has(field)) {
      return error(400, dialect == Dialect.V1 ? -33 : 1, field + " missing");
    }
    registered = true;
    PublicKey user = PublicKey.fromHex(body.path(field).asText());
    byte[] signed =
        new RegistrationReceipt(user, slots, subscriptionStart, subscriptionExpiry)
            .signedBytes(dialect);
    ObjectNode answer =
        MAPPER.createObjectNode().put(field, user.toHex()).put("available_slots", slots);
    if (dialect == Dialect.V2) {
      answer.put("subscription_start", subscriptionStart);
    }
    answer
        .put("subscription_expiry", subscriptionExpiry)
        .put("subscription_signature", MessageSignature.sign(signed, signingKey));
    features.ifPresent(list -> answer.set("features", list));
    return StubServer.Reply.json(200, answer);
  }

  StubServer.Reply add(JsonNode body) {
    String locator = body.path("appointment").path("locator").asText();
    int needed =
        slotsOf(body.path("appointment"))
            - (appointments.containsKey(locator) ? slotsOf(appointments.get(locator)) : 0);
    if (needed > slots) {
      return notRegistered();
    }
    slots -= needed;
    appointments.put(locator, body.path("appointment"));
    byte[] signed =
        new AppointmentReceipt(body.path("signature").asText(), height).signedBytes(dialect);
    return StubServer.Reply.json(
        200,
        MAPPER
            .createObjectNode()
            .put("locator", locator)
            .put("start_block", height)
            .put("signature", MessageSignature.sign(signed, signingKey))
            .put("available_slots", slots)
            .put("subscription_expiry", subscriptionExpiry));
  }

  private static int slotsOf(JsonNode appointment) {
    return Appointment.slots(
        HexFormat.of().parseHex(appointment.path("encrypted_blob").asText()).length);
  }

  private StubServer.Reply get(JsonNode body) {
    JsonNode appointment = appointments.get(body.path("locator").asText());
    if (appointment == null || !registered) {
      return dialect == Dialect.V1
          ? StubServer.Reply.json(404, MAPPER.createObjectNode().put("status", "not_found"))
          : registered ? error(404, 36, "Appointment not found") : notRegistered();
    }
    ObjectNode answer = MAPPER.createObjectNode().put("status", "being_watched");
    answer.set("appointment", appointment);
    return StubServer.Reply.json(200, answer);
  }

  private StubServer.Reply info() {
    ObjectNode answer =
        MAPPER
            .createObjectNode()
            .put("available_slots", slots)
            .put("subscription_expiry", subscriptionExpiry);
    ArrayNode list = answer.putArray(dialect == Dialect.V1 ? "appointments" : "locators");
    appointments.keySet().forEach(list::add);
    features.ifPresent(one -> answer.set("features", one));
    return StubServer.Reply.json(200, answer);
  }

  StubServer.Reply notRegistered() {
    return dialect == Dialect.V1
        ? error(400, -8, "Invalid signature or not enough slots")
        : error(401, 7, "Invalid signature or not enough slots");
  }

  static StubServer.Reply error(int status, int code, String text) {
    return StubServer.Reply.json(
        status, MAPPER.createObjectNode().put("error", text).put("error_code", code));
  }

  /** Returns an appointment in the form in which {@link #appointments} holds it. */
  static JsonNode json(Appointment appointment) {
    return MAPPER
        .createObjectNode()
        .put("locator", appointment.locator().toHex())
        .put("encrypted_blob", HexFormat.of().formatHex(appointment.encryptedBlob()))
        .put("to_self_delay", appointment.toSelfDelay());
  }

  static Appointment appointment(int number, int blobLength, long delay) {
    byte[] locator = new byte[Locator.LENGTH];
    locator[0] = (byte) number;
    locator[1] = (byte) (number >> 8);
    return new Appointment(new Locator(locator), new byte[blobLength], delay);
  }
}
