package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map.Entry;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;

/**
 * Checks and errors of rust-teos. It reads a request from front to back and reports the first field
 * of a wrong type or format; then missing fields; then wrong lengths.
 */
final class ApiDialectV2 implements ApiDialect {

  static final int MISSING_FIELD = 1;
  static final int EMPTY_FIELD = 2;
  static final int WRONG_FIELD_TYPE = 3;
  static final int WRONG_FIELD_SIZE = 4;
  static final int WRONG_FIELD_FORMAT = 5;
  static final int INVALID_REQUEST_FORMAT = 6;
  static final int INVALID_SIGNATURE_OR_SUBSCRIPTION = 7;
  static final int SERVICE_UNAVAILABLE = 32;
  static final int ALREADY_TRIGGERED = 35;
  static final int NOT_FOUND = 36;
  static final int RESOURCE_EXHAUSTED = 65;

  private static final BigInteger U32_MAX = BigInteger.valueOf(0xffff_ffffL);
  private static final BigInteger U64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
  private static final BigInteger I64_MIN = BigInteger.TWO.pow(63).negate();

  @Override
  public Dialect dialect() {
    return Dialect.V2;
  }

  @Override
  public PublicKey inspectRegister(JsonNode request) throws ApiException {
    for (Entry<String, JsonNode> field : object(request).properties()) {
      if (field.getKey().equals("user_id")) {
        hex("user_id", field.getValue());
      }
    }
    byte[] key = hex("user_id", required(request, "user_id"));
    requireLength("user_id", key, PublicKey.LENGTH);
    try {
      return PublicKey.of(key);
    } catch (IllegalArgumentException e) {
      throw ApiDialect.failure(
          400, "`user_id` is not a compressed public key (33 bytes)", WRONG_FIELD_FORMAT);
    }
  }

  @Override
  public boolean accepts(SignedAppointment signed) {
    return !signed.signature().isEmpty();
  }

  @Override
  public void inspectAddAppointment(JsonNode request) throws ApiException {
    for (Entry<String, JsonNode> field : object(request).properties()) {
      switch (field.getKey()) {
        case "appointment" -> {
          if (!field.getValue().isNull()) {
            checkAppointment(field.getValue());
          }
        }
        case "signature" -> text("signature", field.getValue());
        default -> {
          // unknown fields are ignored
        }
      }
    }
    String signature = text("signature", required(request, "signature"));
    JsonNode appointment = request.path("appointment");
    if (appointment.isNull() || appointment.isMissingNode()) {
      throw missing("appointment");
    }
    byte[] locator = hex("locator", appointment.path("locator"));
    requireLength("locator", locator, Locator.LENGTH);
    requireSignature(signature);
  }

  private static void checkAppointment(JsonNode appointment) throws ApiException {
    for (Entry<String, JsonNode> field : object(appointment).properties()) {
      switch (field.getKey()) {
        case "locator", "encrypted_blob" -> hex(field.getKey(), field.getValue());
        case "to_self_delay" -> checkU32(field.getKey(), field.getValue());
        default -> {
          // unknown fields are ignored
        }
      }
    }
    required(appointment, "locator");
    required(appointment, "encrypted_blob");
    required(appointment, "to_self_delay");
  }

  @Override
  public Locator inspectGetAppointment(JsonNode request) throws ApiException {
    for (Entry<String, JsonNode> field : object(request).properties()) {
      switch (field.getKey()) {
        case "locator" -> hex("locator", field.getValue());
        case "signature" -> text("signature", field.getValue());
        default -> {
          // unknown fields are ignored
        }
      }
    }
    byte[] locator = hex("locator", required(request, "locator"));
    String signature = text("signature", required(request, "signature"));
    requireLength("locator", locator, Locator.LENGTH);
    requireSignature(signature);
    return new Locator(locator);
  }

  @Override
  public void inspectGetSubscriptionInfo(JsonNode request) throws ApiException {
    requireSignature(text("signature", required(object(request), "signature")));
  }

  private static JsonNode object(JsonNode node) throws ApiException {
    if (node.isArray()) {
      throw ApiDialect.failure(
          400, "invalid request: an object is expected, not an array", INVALID_REQUEST_FORMAT);
    }
    if (!node.isObject()) {
      throw wrongType("request", node, "an object");
    }
    return node;
  }

  private static JsonNode required(JsonNode object, String field) throws ApiException {
    JsonNode value = object.get(field);
    if (value == null) {
      throw missing(field);
    }
    return value;
  }

  private static byte[] hex(String field, JsonNode value) throws ApiException {
    if (!value.isTextual()) {
      throw wrongType(field, value, "a hex encoded string");
    }
    try {
      return HexFormat.of().parseHex(value.textValue());
    } catch (IllegalArgumentException e) {
      throw ApiDialect.failure(
          400, "`" + field + "` is not an even number of hex digits", WRONG_FIELD_FORMAT);
    }
  }

  private static String text(String field, JsonNode value) throws ApiException {
    if (!value.isTextual()) {
      throw wrongType(field, value, "a string");
    }
    return value.textValue();
  }

  /** Checks a u32. To rust-teos a number beyond 64 bits is a floating-point one: a wrong type. */
  private static void checkU32(String field, JsonNode value) throws ApiException {
    if (!value.isIntegralNumber()
        || value.bigIntegerValue().compareTo(U64_MAX) > 0
        || value.bigIntegerValue().compareTo(I64_MIN) < 0) {
      throw wrongType(field, value, "an unsigned 32-bit integer");
    }
    BigInteger number = value.bigIntegerValue();
    if (number.signum() < 0 || number.compareTo(U32_MAX) > 0) {
      throw ApiDialect.failure(
          400,
          "invalid value: `"
              + field
              + "` is "
              + number
              + ", an unsigned 32-bit integer is expected",
          INVALID_REQUEST_FORMAT);
    }
  }

  private static void requireLength(String field, byte[] value, int length) throws ApiException {
    if (value.length == 0) {
      throw empty(field);
    }
    if (value.length != length) {
      throw ApiDialect.failure(
          400,
          "Wrong `" + field + "` field size. Expected " + length + ", received " + value.length,
          WRONG_FIELD_SIZE);
    }
  }

  private static void requireSignature(String signature) throws ApiException {
    if (signature.isEmpty()) {
      throw empty("signature");
    }
  }

  private static ApiException missing(String field) {
    return ApiDialect.failure(400, "missing field `" + field + "`", MISSING_FIELD);
  }

  private static ApiException empty(String field) {
    return ApiDialect.failure(400, "`" + field + "` field is empty", EMPTY_FIELD);
  }

  private static ApiException wrongType(String field, JsonNode value, String expected) {
    String found = value.getNodeType().name().toLowerCase(Locale.ROOT);
    return ApiDialect.failure(
        400,
        "invalid type: `" + field + "` is " + found + ", " + expected + " is expected",
        WRONG_FIELD_TYPE);
  }

  @Override
  public ApiException malformed(String why) {
    return ApiDialect.failure(400, why, INVALID_REQUEST_FORMAT);
  }

  @Override
  public ApiException tooLarge(long limit) {
    return ApiDialect.failure(
        413, "The request is larger than " + limit + " bytes", INVALID_REQUEST_FORMAT);
  }

  @Override
  public ApiException maxSlots(String why) {
    return ApiDialect.failure(400, why, RESOURCE_EXHAUSTED);
  }

  @Override
  public ApiException unknownSigner() {
    return unauthorized("Invalid signature or user does not have enough slots available");
  }

  @Override
  public ApiException rejected(AddResult.Rejected rejection) {
    String text = rejection.why();
    return switch (rejection.reason()) {
      case NOT_REGISTERED -> unknownSigner();
      case NOT_ENOUGH_SLOTS ->
          unauthorized("Invalid signature or user does not have enough slots available: " + text);
      case SUBSCRIPTION_EXPIRED -> unauthorized(text);
      case ALREADY_TRIGGERED -> alreadyTriggered(text);
      case SUPERSEDED -> ApiDialect.failure(400, text, INVALID_REQUEST_FORMAT);
      // rust-teos's plugin reads the code, and retries only after this one.
      case DISK_FULL ->
          new ApiException(
              503, ApiDialect.error(text, INVALID_SIGNATURE_OR_SUBSCRIPTION), RETRY_SECONDS);
    };
  }

  @Override
  public ApiException alreadyTriggered(String why) {
    return ApiDialect.failure(400, why, ALREADY_TRIGGERED);
  }

  @Override
  public ApiException unknownReader(JsonNode request) {
    return unauthorized("User cannot be authenticated");
  }

  @Override
  public ApiException appointmentNotFound(JsonNode request) {
    return ApiDialect.failure(404, "Appointment not found", NOT_FOUND);
  }

  @Override
  public ApiException unknownSubscriber() {
    return unauthorized("User not found. Have you registered?");
  }

  @Override
  public ApiException expired(long expiry) {
    return unauthorized("Your subscription expired at block " + expiry);
  }

  @Override
  public ApiException notAdmitted(String why) {
    return ApiDialect.failure(403, why, INVALID_SIGNATURE_OR_SUBSCRIPTION);
  }

  @Override
  public ApiException unavailable(String why) {
    return ApiDialect.failure(503, why, SERVICE_UNAVAILABLE);
  }

  @Override
  public String locatorForResponse(JsonNode request, Locator locator) {
    return locator.toHex();
  }

  private static ApiException unauthorized(String why) {
    return ApiDialect.failure(401, why, INVALID_SIGNATURE_OR_SUBSCRIPTION);
  }
}
