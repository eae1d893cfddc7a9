package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;

/**
 * Checks and errors of python-teos (its inspector and api). It checks an appointment's fields in a
 * fixed order, whatever their order in the request, and before it authenticates the user.
 */
final class ApiDialectV1 implements ApiDialect {

  static final int EMPTY_FIELD = -1;
  static final int WRONG_FIELD_TYPE = -2;
  static final int WRONG_FIELD_SIZE = -3;
  static final int WRONG_FIELD_FORMAT = -4;
  static final int FIELD_TOO_SMALL = -5;
  static final int FIELD_TOO_BIG = -6;
  static final int WRONG_FIELD = -7;
  static final int INVALID_SIGNATURE_OR_SUBSCRIPTION = -8;
  static final int ALREADY_TRIGGERED = -9;
  static final int REGISTRATION_MISSING_FIELD = -33;
  static final int REGISTRATION_WRONG_FIELD_FORMAT = -34;
  static final int INVALID_REQUEST_FORMAT = -65;

  private static final BigInteger U32_MAX = BigInteger.valueOf(0xffff_ffffL);

  private final long minToSelfDelay;

  /**
   * @param minToSelfDelay the smallest accepted to_self_delay, in blocks
   */
  ApiDialectV1(long minToSelfDelay) {
    this.minToSelfDelay = minToSelfDelay;
  }

  @Override
  public Dialect dialect() {
    return Dialect.V1;
  }

  @Override
  public PublicKey inspectRegister(JsonNode request) throws ApiException {
    JsonNode key = request.path("public_key");
    if (isAbsent(key) || (key.isTextual() && key.textValue().isEmpty())) {
      throw ApiDialect.failure(
          400, "public_key not found in register message", REGISTRATION_MISSING_FIELD);
    }
    try {
      if (key.isTextual()) {
        return PublicKey.fromHex(key.textValue());
      }
    } catch (IllegalArgumentException e) {
      // reported below, like every other invalid key
    }
    throw ApiDialect.failure(
        400,
        "public_key is not a compressed public key (66 hex digits)",
        REGISTRATION_WRONG_FIELD_FORMAT);
  }

  @Override
  public boolean accepts(SignedAppointment signed) {
    return signed.appointment().blobLength() > 0
        && signed.appointment().toSelfDelay() >= minToSelfDelay;
  }

  @Override
  public void inspectAddAppointment(JsonNode request) throws ApiException {
    JsonNode appointment = request.path("appointment");
    if (isAbsent(appointment)) {
      throw rejected(EMPTY_FIELD, "empty appointment received");
    }
    if (!appointment.isObject()) {
      throw rejected(WRONG_FIELD, "wrong appointment format: an object is expected");
    }
    locator(appointment.path("locator"));
    checkToSelfDelay(appointment.path("to_self_delay"));
    checkBlob(appointment.path("encrypted_blob"));
    JsonNode signature = request.path("signature");
    if (!isAbsent(signature) && !signature.isTextual()) {
      throw rejected(WRONG_FIELD_TYPE, wrongType("signature", signature, "string"));
    }
  }

  @Override
  public Locator inspectGetAppointment(JsonNode request) throws ApiException {
    try {
      return locator(request.path("locator"));
    } catch (ApiException e) {
      throw appointmentNotFound(request);
    }
  }

  @Override
  public void inspectGetSubscriptionInfo(JsonNode request) {
    // python-teos accepts any object; an invalid signature belongs to no user.
  }

  private static Locator locator(JsonNode locator) throws ApiException {
    if (isAbsent(locator)) {
      throw rejected(EMPTY_FIELD, "empty locator received");
    }
    if (!locator.isTextual()) {
      throw rejected(WRONG_FIELD_TYPE, wrongType("locator", locator, "string"));
    }
    String hex = locator.textValue();
    if (hex.length() != 2 * Locator.LENGTH) {
      throw rejected(
          WRONG_FIELD_SIZE,
          "wrong locator size (" + hex.length() + "): 32 hex digits are expected");
    }
    try {
      return Locator.fromHex(hex);
    } catch (IllegalArgumentException e) {
      throw rejected(WRONG_FIELD_FORMAT, "wrong locator format: 32 hex digits are expected");
    }
  }

  private void checkToSelfDelay(JsonNode delay) throws ApiException {
    if (isAbsent(delay)) {
      throw rejected(EMPTY_FIELD, "empty to_self_delay received");
    }
    if (!delay.isIntegralNumber()) {
      throw rejected(WRONG_FIELD_TYPE, wrongType("to_self_delay", delay, "integer"));
    }
    BigInteger value = delay.bigIntegerValue();
    if (value.compareTo(U32_MAX) > 0) {
      throw rejected(FIELD_TOO_BIG, "to_self_delay is more than " + U32_MAX);
    }
    if (value.compareTo(BigInteger.valueOf(minToSelfDelay)) < 0) {
      throw rejected(
          FIELD_TOO_SMALL,
          "to_self_delay too small: at least " + minToSelfDelay + " is expected, not " + value);
    }
  }

  private static void checkBlob(JsonNode blob) throws ApiException {
    if (isAbsent(blob)) {
      throw rejected(EMPTY_FIELD, "empty encrypted_blob received");
    }
    if (!blob.isTextual()) {
      throw rejected(WRONG_FIELD_TYPE, wrongType("encrypted_blob", blob, "string"));
    }
    String hex = blob.textValue();
    boolean digits = hex.chars().allMatch(HexFormat::isHexDigit);
    if (hex.isEmpty() || hex.length() % 2 != 0 || !digits) {
      throw rejected(
          WRONG_FIELD_FORMAT,
          "wrong encrypted_blob format: an even number of hex digits is expected");
    }
  }

  @Override
  public ApiException malformed(String why) {
    return ApiDialect.failure(400, "Invalid request content: " + why, INVALID_REQUEST_FORMAT);
  }

  @Override
  public ApiException tooLarge(long limit) {
    return ApiDialect.failure(
        413, "The request is larger than " + limit + " bytes", INVALID_REQUEST_FORMAT);
  }

  @Override
  public ApiException maxSlots(String why) {
    return ApiDialect.failure(400, why, REGISTRATION_WRONG_FIELD_FORMAT);
  }

  @Override
  public ApiException unknownSigner() {
    return rejected(
        INVALID_SIGNATURE_OR_SUBSCRIPTION,
        "Invalid signature or user does not have enough slots available");
  }

  @Override
  public ApiException rejected(AddResult.Rejected rejection) {
    String text = rejection.why();
    return switch (rejection.reason()) {
      case NOT_REGISTERED -> unknownSigner();
      case NOT_ENOUGH_SLOTS ->
          rejected(
              INVALID_SIGNATURE_OR_SUBSCRIPTION,
              "Invalid signature or user does not have enough slots available: " + text);
      case SUBSCRIPTION_EXPIRED -> rejected(INVALID_SIGNATURE_OR_SUBSCRIPTION, text);
      case ALREADY_TRIGGERED -> rejected(ALREADY_TRIGGERED, text);
      case SUPERSEDED -> rejected(WRONG_FIELD, text);
      case DISK_FULL -> {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("error", text);
        yield new ApiException(503, body, RETRY_SECONDS);
      }
    };
  }

  @Override
  public ApiException alreadyTriggered(String why) {
    return ApiDialect.failure(400, why, ALREADY_TRIGGERED);
  }

  @Override
  public ApiException unknownReader(JsonNode request) {
    return appointmentNotFound(request);
  }

  @Override
  public ApiException appointmentNotFound(JsonNode request) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    JsonNode locator = request.path("locator");
    body.set("locator", locator.isMissingNode() ? JsonNodeFactory.instance.nullNode() : locator);
    return new ApiException(404, body.put("status", "not_found"));
  }

  @Override
  public ApiException unknownSubscriber() {
    return ApiDialect.failure(
        400, "User not found. Have you registered?", INVALID_SIGNATURE_OR_SUBSCRIPTION);
  }

  @Override
  public ApiException expired(long expiry) {
    return ApiDialect.failure(
        400, "Your subscription expired at block " + expiry, INVALID_SIGNATURE_OR_SUBSCRIPTION);
  }

  @Override
  public ApiException notAdmitted(String why) {
    return ApiDialect.failure(403, why, INVALID_SIGNATURE_OR_SUBSCRIPTION);
  }

  @Override
  public ApiException unavailable(String why) {
    return new ApiException(503, JsonNodeFactory.instance.objectNode().put("error", why));
  }

  /** Returns the locator as sent, as python-teos does: for example in upper case. */
  @Override
  public String locatorForResponse(JsonNode request, Locator locator) {
    JsonNode sent =
        request.path("appointment").path("locator").isTextual()
            ? request.path("appointment").path("locator")
            : request.path("locator");
    return sent.asText(locator.toHex());
  }

  private static ApiException rejected(int code, String why) {
    return ApiDialect.failure(400, "appointment rejected. " + why, code);
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static String wrongType(String field, JsonNode node, String expected) {
    JsonNodeType type = node.getNodeType();
    return "wrong "
        + field
        + " data type ("
        + type.name().toLowerCase(Locale.ROOT)
        + "): "
        + expected
        + " is expected";
  }
}
