package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;

/**
 * What one generation of clients expects: which requests are well-formed, and what is answered to
 * those that are not, or that are refused. What is granted has the same form for both.
 */
sealed interface ApiDialect permits ApiDialectV1, ApiDialectV2 {

  /** After which what the tower has no room for may be sent again. */
  long RETRY_SECONDS = 60;

  /** The dialect that this is the HTTP side of. */
  Dialect dialect();

  /** The user who registers. */
  PublicKey inspectRegister(JsonNode request) throws ApiException;

  /** Whether nothing is wrong with {@code signed}, so that it need not be inspected. */
  boolean takes(SignedAppointment signed);

  /** Returns the appointment that is sent, if it is well-formed and this tower takes such. */
  SignedAppointment inspectAddAppointment(JsonNode request) throws ApiException;

  /** The locator that is asked for. */
  Locator inspectGetAppointment(JsonNode request) throws ApiException;

  /** That a subscription is asked for properly. */
  void inspectGetSubscriptionInfo(JsonNode request) throws ApiException;

  /** The body is no JSON, or no object. {@code why} says what was expected. */
  ApiException malformed(String why);

  /** The body is larger than any appointment can be. */
  ApiException tooLarge(long limit);

  /** The user has as many slots as can be. */
  ApiException maxSlots(String why);

  /** The signer of an appointment is not registered. */
  ApiException unknownSigner();

  /** The tower does not take the appointment. */
  ApiException rejected(AddResult.Rejected rejection);

  /** The signer of get_appointment is not registered. */
  ApiException unknownReader(JsonNode request);

  /** The dispute of the appointment is being answered: it is as it is. */
  ApiException alreadyTriggered(String why);

  /** The reader has no such appointment. */
  ApiException appointmentNotFound(JsonNode request);

  /** The signer of get_subscription_info is not registered. */
  ApiException unknownSubscriber();

  /** The user's subscription has ended. */
  ApiException expired(long expiry);

  /** The tower is not for this user. */
  ApiException notAdmitted(String why);

  /** The tower cannot answer now. */
  ApiException unavailable(String why);

  /** A locator as it is shown to this dialect's clients. */
  String locatorAsAnswered(JsonNode request, Locator locator);

  /**
   * The tower cannot take an appointment now, and clients of either dialect send it again later.
   *
   * <p>rust-teos' plugin gives an appointment up for ever that is refused with any code but that of
   * an invalid subscription; with that it registers again and sends it once more. python-teos'
   * plugin tries again after 503, whatever the body.
   *
   * @param retryAfter seconds
   */
  static ApiException retryLater(String why, long retryAfter) {
    return new ApiException(
        503, error(why, ApiDialectV2.INVALID_SIGNATURE_OR_SUBSCRIPTION), retryAfter);
  }

  /**
   * The tower cannot answer another request than add_appointment now.
   *
   * @param retryAfter seconds
   */
  default ApiException busy(String why, long retryAfter) {
    ApiException now = unavailable(why);
    return new ApiException(now.status(), now.body(), retryAfter);
  }

  static ObjectNode error(String text, int code) {
    return JsonNodeFactory.instance.objectNode().put("error", text).put("error_code", code);
  }

  static ApiException failure(int status, String text, int code) {
    return new ApiException(status, error(text, code));
  }
}
