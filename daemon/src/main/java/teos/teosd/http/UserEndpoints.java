package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.util.Optional;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.InternalApi;
import teos.teosd.http.Throttle.TooOftenException;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.appointments.Deletion;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Gatekeeper;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.UserRecord;

/**
 * The five calls that users make: from the JSON of a request to the response. A request that is
 * granted gets the fields of both dialects; one that is refused is answered in its user's dialect, or
 * in the default dialect if the user is unknown.
 */
final class UserEndpoints {

  private final InternalApi tower;
  private final Throttle throttle;
  private final Signers signers;
  private final ApiDialectV1 v1;
  private final ApiDialectV2 v2 = new ApiDialectV2();
  private final ApiDialect unknown;

  /**
   * @param defaultDialect how unknown users are answered
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   */
  UserEndpoints(
      InternalApi tower, Throttle throttle, Dialect defaultDialect, long minToSelfDelay) {
    this.tower = tower;
    this.throttle = throttle;
    this.signers = new Signers(tower);
    this.v1 = new ApiDialectV1(minToSelfDelay);
    this.unknown = of(defaultDialect);
  }

  /** The dialect in which an unknown user is answered. */
  ApiDialect unknown() {
    return unknown;
  }

  private ApiDialect of(Dialect dialect) {
    return switch (dialect) {
      case V1 -> v1;
      case V2 -> v2;
    };
  }

  /**
   * @param from the client's address
   */
  ApiResponse register(JsonNode request, InetAddress from) throws ApiException {
    ApiDialect dialect =
        request.has("user_id") ? v2 : request.has("public_key") ? v1 : unknown;
    requireObject(request, dialect);
    PublicKey user = dialect.inspectRegister(request);
    requireNone(tower.whyNoRegistration(), dialect);
    switch (tower.admission().of(user)) {
      case Admission.Answer.Welcome welcome -> {
        // goes on
      }
      case Admission.Answer.Closed(String why) -> throw dialect.notAdmitted(why);
      case Admission.Answer.Full(String why) -> throw dialect.unavailable(why);
    }
    countRegistration(from, dialect);
    try {
      return ApiResponse.Json.ok(
          ApiJson.registered(user, tower.register(user, dialect.dialect())));
    } catch (Gatekeeper.MaxSlotsReachedException e) {
      throw dialect.maxSlots(String.valueOf(e.getMessage()));
    } catch (Gatekeeper.TowerFullException e) {
      throw dialect.unavailable(String.valueOf(e.getMessage()));
    } catch (Gatekeeper.SessionKeyException e) {
      throw dialect.malformed(String.valueOf(e.getMessage()));
    }
  }

  /** Last of all: a registration that the tower refuses for its own reasons is not counted. */
  private void countRegistration(InetAddress from, ApiDialect dialect) throws ApiException {
    try {
      throttle.registration(from);
    } catch (TooOftenException e) {
      throw dialect.tooOften(e);
    }
  }

  ApiResponse addAppointment(JsonNode request) throws ApiException {
    Signer user = signers.ofAddAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    SignedAppointment signed = dialect.inspectAddAppointment(request);
    if (user == null) {
      throw dialect.unknownSigner();
    }
    count(user.id(), dialect);
    requireNone(tower.whyNoAppointments(), dialect);
    try {
      InternalApi.SignedAcceptance taken =
          tower.addAppointment(signed.appointment(), signed.signature(), user.id());
      Locator locator = signed.appointment().locator();
      return ApiResponse.Json.ok(
          ApiJson.accepted(dialect.locatorAsAnswered(request, locator), taken));
    } catch (AppointmentRejectedException e) {
      throw dialect.rejected(e);
    }
  }

  ApiResponse getAppointment(JsonNode request) throws ApiException {
    UserRecord user = signers.ofGetAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    AppointmentInfo info =
        tower
            .appointment(locator, user)
            .orElseThrow(() -> dialect.appointmentNotFound(request));
    return ApiJson.appointment(dialect.locatorAsAnswered(request, locator), info);
  }

  ApiResponse deleteAppointment(JsonNode request) throws ApiException {
    UserRecord user = signers.ofDeleteAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    String signature = request.path("signature").asText();
    return switch (
        tower.deleteAppointment(locator, user, Signers.startBlock(request), signature)) {
      case Deletion.Deleted(long slots) ->
          ApiResponse.Json.ok(
              ApiJson.deleted(dialect.locatorAsAnswered(request, locator), user, slots));
      case Deletion.SeveralVersions several ->
          throw dialect.malformed(
              "This appointment was sent more than once: start_block must say which is deleted");
      case Deletion.NotFound none -> throw dialect.appointmentNotFound(request);
      case Deletion.AlreadyTriggered triggered ->
          throw dialect.alreadyTriggered(
              "The dispute of this appointment has been seen, and is being answered");
    };
  }

  ApiResponse getSubscriptionInfo(JsonNode request) throws ApiException {
    UserRecord user = signers.ofGetSubscriptionInfo(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    dialect.inspectGetSubscriptionInfo(request);
    if (user == null) {
      throw dialect.unknownSubscriber();
    }
    count(user.id(), dialect);
    requireSubscription(user, dialect);
    return ApiJson.subscription(tower, user);
  }

  private void count(PublicKey user, ApiDialect dialect) throws ApiException {
    try {
      throttle.request(user);
    } catch (TooOftenException e) {
      throw dialect.tooOften(e);
    }
  }

  private static void requireNone(Optional<String> obstacle, ApiDialect dialect)
      throws ApiException {
    if (obstacle.isPresent()) {
      throw dialect.unavailable(obstacle.get());
    }
  }

  private void requireSubscription(UserRecord user, ApiDialect dialect) throws ApiException {
    if (tower.hasExpired(user)) {
      throw dialect.expired(user.subscriptionExpiry());
    }
  }

  /** v2 tells kinds of wrong bodies apart in its own inspection. */
  private static void requireObject(JsonNode request, ApiDialect dialect) throws ApiException {
    if (dialect instanceof ApiDialectV1 && !request.isObject()) {
      throw dialect.malformed("an object is expected");
    }
  }
}
