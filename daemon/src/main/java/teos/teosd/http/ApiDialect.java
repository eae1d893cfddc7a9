package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;

/**
 * Inspection of requests and error responses as one generation of clients expects them. Successful
 * responses have the same form in both dialects.
 */
sealed interface ApiDialect permits ApiDialectV1, ApiDialectV2 {

  /** Retry-After for an appointment that the tower has no room for, in seconds. */
  long RETRY_SECONDS = 60;

  /** Returns the dialect whose HTTP side this is. */
  Dialect dialect();

  /** Returns the user who registers. */
  PublicKey inspectRegister(JsonNode request) throws ApiException;

  /** Returns whether {@code signed} is free of errors, so that its request needs no inspection. */
  boolean accepts(SignedAppointment signed);

  /**
   * Finds the error in a request with an appointment that could not be parsed or is not {@link
   * #accepts accepted}. Returns if nothing is wrong except that the request is not signed by a
   * registered user.
   */
  void inspectAddAppointment(JsonNode request) throws ApiException;

  /** Returns the requested locator. */
  Locator inspectGetAppointment(JsonNode request) throws ApiException;

  /** Checks a request for a subscription. */
  void inspectGetSubscriptionInfo(JsonNode request) throws ApiException;

  /** Returns the error for a body that is not a JSON object; {@code why} says what was expected. */
  ApiException malformed(String why);

  /** Returns the error for a body that is larger than any appointment can be. */
  ApiException tooLarge(long limit);

  /** Returns the error for a user who would have more slots than possible. */
  ApiException maxSlots(String why);

  /** Returns the error for an appointment whose signer is not registered. */
  ApiException unknownSigner();

  /** Returns the error for an appointment that the tower rejects. */
  ApiException rejected(AddResult.Rejected rejection);

  /** Returns the error for a get_appointment whose signer is not registered. */
  ApiException unknownReader(JsonNode request);

  /** Returns the error for changing an appointment to whose dispute the tower is responding. */
  ApiException alreadyTriggered(String why);

  /** Returns the error for an appointment that the user does not have. */
  ApiException appointmentNotFound(JsonNode request);

  /** Returns the error for a get_subscription_info whose signer is not registered. */
  ApiException unknownSubscriber();

  /** Returns the error for a user whose subscription ended at the height {@code expiry}. */
  ApiException expired(long expiry);

  /** Returns the error for a key that the operator does not admit. */
  ApiException notAdmitted(String why);

  /** Returns the error of a tower that is temporarily unavailable. */
  ApiException unavailable(String why);

  /** Returns the locator in the form that this dialect's clients expect in responses. */
  String locatorForResponse(JsonNode request, Locator locator);

  /**
   * Returns an error for add_appointment after which clients of either dialect send the appointment
   * again.
   *
   * <p>rust-teos's plugin discards an appointment on any error code except that of an invalid
   * subscription; on that one it registers again and resends. python-teos's plugin retries after
   * 503, whatever the body.
   *
   * @param retryAfter seconds
   */
  static ApiException retryLater(String why, long retryAfter) {
    return new ApiException(
        503, error(why, ApiDialectV2.INVALID_SIGNATURE_OR_SUBSCRIPTION), retryAfter);
  }

  /**
   * Returns a temporary error for any call except add_appointment.
   *
   * @param retryAfter seconds
   */
  default ApiException busy(String why, long retryAfter) {
    ApiException error = unavailable(why);
    return new ApiException(error.status(), error.body(), retryAfter);
  }

  static ObjectNode error(String text, int code) {
    return JsonNodeFactory.instance.objectNode().put("error", text).put("error_code", code);
  }

  static ApiException failure(int status, String text, int code) {
    return new ApiException(status, error(text, code));
  }
}
