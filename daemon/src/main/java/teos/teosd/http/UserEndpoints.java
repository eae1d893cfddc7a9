package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalLong;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;
import teos.teosd.api.AppointmentResult;
import teos.teosd.api.DeletionResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RegistrationResult;
import teos.teosd.api.SubscriptionResult;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.UserRecord;

/**
 * The five calls that users make: from the JSON of a request to the response. A request that is
 * granted gets the fields of both dialects; one that is refused is answered in its user's dialect.
 * If the user is unknown, it is answered in that of the client which an appointment shows, or in
 * the default dialect.
 */
final class UserEndpoints {

  /** What a byte of a blob takes while its request waits: itself, and twice in hex. */
  private static final int BYTES_IN_MEMORY = 3;

  private final InternalApi tower;
  private final Throttle throttle;
  private final RequestAuthenticator authenticator;
  private final ApiDialectV1 v1;
  private final ApiDialectV2 v2 = new ApiDialectV2();
  private final ApiDialect unknown;

  /**
   * @param defaultDialect how unknown users are answered
   * @param minToSelfDelay the shortest to_self_delay that v1 users may send, blocks
   */
  UserEndpoints(InternalApi tower, Throttle throttle, Dialect defaultDialect, long minToSelfDelay) {
    this.tower = tower;
    this.throttle = throttle;
    this.authenticator = new RequestAuthenticator(tower);
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
    ApiDialect dialect = request.has("user_id") ? v2 : request.has("public_key") ? v1 : unknown;
    requireObject(request, dialect);
    PublicKey user = dialect.inspectRegister(request);
    RegistrationResult result =
        tower.register(user, dialect.dialect(), () -> countRegistration(from, dialect));
    return switch (result) {
      case RegistrationResult.Registered registered ->
          ApiResponse.Json.ok(ApiJson.registered(user, registered));
      case RegistrationResult.NotAdmitted(String why) -> throw dialect.notAdmitted(why);
      case RegistrationResult.Unavailable(String why) -> throw dialect.unavailable(why);
      case RegistrationResult.MaxSlots(String why) -> throw dialect.maxSlots(why);
      case RegistrationResult.SessionKey(String why) -> throw dialect.malformed(why);
    };
  }

  private void countRegistration(InetAddress from, ApiDialect dialect) throws ApiException {
    try {
      throttle.registration(from);
    } catch (RateLimitExceededException e) {
      throw dialect.busy(String.valueOf(e.getMessage()), e.retryAfterSeconds());
    }
  }

  ApiResponse addAppointment(JsonNode request) throws ApiException {
    Optional<SignedAppointment> parsed = SignedAppointment.parse(request);
    Signer user = parsed.flatMap(authenticator::of).orElse(null);
    ApiDialect dialect = user == null ? ofUnknown(parsed) : of(user.dialect());
    requireObject(request, dialect);
    SignedAppointment signed =
        parsed.isPresent() && dialect.takes(parsed.get())
            ? parsed.get()
            : dialect.inspectAddAppointment(request);
    if (user == null) {
      throw dialect.unknownSigner();
    }
    try {
      throttle.request(user.id(), BYTES_IN_MEMORY * signed.appointment().encryptedBlob().length);
    } catch (RateLimitExceededException e) {
      throw ApiDialect.retryLater(String.valueOf(e.getMessage()), e.retryAfterSeconds());
    }
    return switch (tower.addAppointment(signed.appointment(), signed.signature(), user.id())) {
      case AddResult.Accepted accepted -> {
        Locator locator = signed.appointment().locator();
        yield ApiResponse.Json.ok(
            ApiJson.accepted(dialect.locatorAsAnswered(request, locator), accepted));
      }
      case AddResult.Unavailable(String why) ->
          throw ApiDialect.retryLater(why, ApiDialect.RETRY_SECONDS);
      case AddResult.Rejected rejected -> throw dialect.rejected(rejected);
    };
  }

  /**
   * A user whose data has been deleted may still send: python-teos's plugin takes lightningd down
   * with it at a status that its own tower never sends.
   */
  private ApiDialect ofUnknown(Optional<SignedAppointment> parsed) {
    return parsed
        .flatMap(signed -> Dialect.ofToSelfDelay(signed.appointment().toSelfDelay()))
        .map(this::of)
        .orElse(unknown);
  }

  ApiResponse getAppointment(JsonNode request) throws ApiException {
    UserRecord user = authenticator.ofGetAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    slowDown(user.id(), dialect);
    return switch (tower.getAppointment(locator, user)) {
      case AppointmentResult.Found(AppointmentInfo info) ->
          ApiJson.appointment(dialect.locatorAsAnswered(request, locator), info);
      case AppointmentResult.NotFound none -> throw dialect.appointmentNotFound(request);
      case AppointmentResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  ApiResponse deleteAppointment(JsonNode request) throws ApiException {
    UserRecord user = authenticator.ofDeleteAppointment(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    slowDown(user.id(), dialect);
    String signature = request.path("signature").asText();
    OptionalLong startBlock = RequestAuthenticator.startBlock(request);
    return switch (tower.deleteAppointment(locator, user, startBlock, signature)) {
      case DeletionResult.Deleted deleted ->
          ApiResponse.Json.ok(
              ApiJson.deleted(dialect.locatorAsAnswered(request, locator), deleted));
      case DeletionResult.NotFound none -> throw dialect.appointmentNotFound(request);
      case DeletionResult.SeveralVersions(String why) -> throw dialect.malformed(why);
      case DeletionResult.AlreadyTriggered(String why) -> throw dialect.alreadyTriggered(why);
      case DeletionResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  ApiResponse getSubscriptionInfo(JsonNode request) throws ApiException {
    UserRecord user = authenticator.ofGetSubscriptionInfo(request).orElse(null);
    ApiDialect dialect = user == null ? unknown : of(user.dialect());
    requireObject(request, dialect);
    dialect.inspectGetSubscriptionInfo(request);
    if (user == null) {
      throw dialect.unknownSubscriber();
    }
    slowDown(user.id(), dialect);
    return switch (tower.subscription(user)) {
      case SubscriptionResult.Active active -> ApiJson.subscription(tower, active.user());
      case SubscriptionResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  private void slowDown(PublicKey user, ApiDialect dialect) throws ApiException {
    try {
      throttle.request(user, 0);
    } catch (RateLimitExceededException e) {
      throw dialect.busy(String.valueOf(e.getMessage()), e.retryAfterSeconds());
    }
  }

  /** v2 tells kinds of wrong bodies apart in its own inspection. */
  private static void requireObject(JsonNode request, ApiDialect dialect) throws ApiException {
    if (dialect instanceof ApiDialectV1 && !request.isObject()) {
      throw dialect.malformed("an object is expected");
    }
  }
}
