package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalLong;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.teosd.api.AddResult;
import teos.teosd.api.AppointmentResult;
import teos.teosd.api.DeletionResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RateLimitResult;
import teos.teosd.api.RegistrationResult;
import teos.teosd.api.SubscriptionResult;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.store.UserRecord;

/**
 * The five calls of users, from a request's JSON to its response. A successful response has the
 * fields of both dialects; an error is in the user's dialect. For an unknown user it is in the
 * dialect of the client that an appointment's to_self_delay reveals, or in the default dialect.
 */
final class UserEndpoints {

  /** Memory for each byte of a blob while its request waits: the byte and its two hex digits. */
  private static final int MEMORY_PER_BLOB_BYTE = 3;

  private final InternalApi tower;
  private final Throttle throttle;
  private final RequestAuthenticator authenticator;
  private final ApiDialectV1 v1;
  private final ApiDialectV2 v2 = new ApiDialectV2();
  private final ApiDialect defaultDialect;

  /**
   * @param defaultDialect of errors for unknown users
   * @param minToSelfDelay the smallest to_self_delay that v1 users may send, in blocks
   */
  UserEndpoints(InternalApi tower, Throttle throttle, Dialect defaultDialect, long minToSelfDelay) {
    this.tower = tower;
    this.throttle = throttle;
    this.authenticator = new RequestAuthenticator(tower);
    this.v1 = new ApiDialectV1(minToSelfDelay);
    this.defaultDialect = dialect(defaultDialect);
  }

  /** Returns the dialect of errors for unknown users. */
  ApiDialect defaultDialect() {
    return defaultDialect;
  }

  private ApiDialect dialect(Dialect dialect) {
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
        request.has("user_id") ? v2 : request.has("public_key") ? v1 : defaultDialect;
    requireObject(request, dialect);
    PublicKey user = dialect.inspectRegister(request);
    RegistrationResult result =
        tower.register(user, dialect.dialect(), () -> throttle.awaitRegistration(from));
    return switch (result) {
      case RegistrationResult.Registered registered ->
          ApiResponse.Json.ok(ApiJson.registered(user, registered));
      case RegistrationResult.NotAdmitted(String why) -> throw dialect.notAdmitted(why);
      case RegistrationResult.RateLimited(String why, long retryAfter) ->
          throw dialect.busy(why, retryAfter);
      case RegistrationResult.Unavailable(String why) -> throw dialect.unavailable(why);
      case RegistrationResult.MaxSlots(String why) -> throw dialect.maxSlots(why);
      case RegistrationResult.SessionKey(String why) -> throw dialect.malformed(why);
    };
  }

  ApiResponse addAppointment(JsonNode request) throws ApiException {
    Optional<SignedAppointment> parsed = SignedAppointment.parse(request);
    Signer user = parsed.flatMap(authenticator::signerOf).orElse(null);
    ApiDialect dialect = user == null ? dialectOfUnknownUser(parsed) : dialect(user.dialect());
    requireObject(request, dialect);
    if (parsed.isEmpty() || !dialect.accepts(parsed.get())) {
      dialect.inspectAddAppointment(request);
    }
    if (parsed.isEmpty() || user == null) {
      throw dialect.unknownSigner();
    }
    SignedAppointment signed = parsed.get();
    RateLimitResult limit =
        throttle.awaitUserRequest(
            user.id(), MEMORY_PER_BLOB_BYTE * signed.appointment().encryptedBlob().length);
    if (limit instanceof RateLimitResult.Exceeded(String error, long retryAfter)) {
      throw ApiDialect.retryLater(error, retryAfter);
    }
    return switch (tower.addAppointment(signed.appointment(), signed.signature(), user.id())) {
      case AddResult.Accepted accepted -> {
        Locator locator = signed.appointment().locator();
        yield ApiResponse.Json.ok(
            ApiJson.accepted(dialect.locatorForResponse(request, locator), accepted));
      }
      case AddResult.Unavailable(String why) ->
          throw ApiDialect.retryLater(why, ApiDialect.RETRY_SECONDS);
      case AddResult.Rejected rejected -> throw dialect.rejected(rejected);
    };
  }

  /**
   * Returns the dialect for a client whose user is unknown. A user whose data has been purged may
   * still send, and python-teos's plugin stops lightningd on a status that its own tower never
   * sends.
   */
  private ApiDialect dialectOfUnknownUser(Optional<SignedAppointment> parsed) {
    return parsed
        .flatMap(signed -> Dialect.ofToSelfDelay(signed.appointment().toSelfDelay()))
        .map(this::dialect)
        .orElse(defaultDialect);
  }

  /** Request about one appointment that its user has signed. */
  private record LocatorRequest(UserRecord user, ApiDialect dialect, Locator locator) {}

  /** Checks a request that names a locator, and waits for its user's turn. */
  private LocatorRequest checkLocatorRequest(JsonNode request, Optional<UserRecord> signer)
      throws ApiException {
    ApiDialect dialect = signer.map(user -> dialect(user.dialect())).orElse(defaultDialect);
    requireObject(request, dialect);
    Locator locator = dialect.inspectGetAppointment(request);
    UserRecord user = signer.orElse(null);
    if (user == null) {
      throw dialect.unknownReader(request);
    }
    awaitTurn(user.id(), dialect);
    return new LocatorRequest(user, dialect, locator);
  }

  ApiResponse getAppointment(JsonNode request) throws ApiException {
    LocatorRequest checked =
        checkLocatorRequest(request, authenticator.userOfGetAppointment(request));
    UserRecord user = checked.user();
    ApiDialect dialect = checked.dialect();
    Locator locator = checked.locator();
    String shownLocator = dialect.locatorForResponse(request, locator);
    return switch (tower.getAppointment(locator, user)) {
      case AppointmentResult.Found(AppointmentInfo.BeingWatched(Appointment watched)) ->
          ApiJson.watched(shownLocator, watched);
      case AppointmentResult.Found(AppointmentInfo.DisputeResponded responded) ->
          ApiJson.responded(shownLocator, responded, forecast(responded, dialect));
      case AppointmentResult.NotFound none -> throw dialect.appointmentNotFound(request);
      case AppointmentResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  private Optional<ConfirmationForecast> forecast(
      AppointmentInfo.DisputeResponded responded, ApiDialect dialect) {
    return switch (dialect.dialect()) {
      case V1 -> Optional.empty();
      case V2 -> Optional.of(tower.forecast(responded.all()));
    };
  }

  ApiResponse deleteAppointment(JsonNode request) throws ApiException {
    LocatorRequest checked =
        checkLocatorRequest(request, authenticator.userOfDeleteAppointment(request));
    UserRecord user = checked.user();
    ApiDialect dialect = checked.dialect();
    Locator locator = checked.locator();
    String signature = request.path("signature").asText();
    OptionalLong startBlock = RequestAuthenticator.startBlock(request);
    return switch (tower.deleteAppointment(locator, user, startBlock, signature)) {
      case DeletionResult.Deleted deleted ->
          ApiResponse.Json.ok(
              ApiJson.deleted(dialect.locatorForResponse(request, locator), deleted));
      case DeletionResult.NotFound none -> throw dialect.appointmentNotFound(request);
      case DeletionResult.SeveralVersions(String why) -> throw dialect.malformed(why);
      case DeletionResult.AlreadyTriggered(String why) -> throw dialect.alreadyTriggered(why);
      case DeletionResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  ApiResponse getSubscriptionInfo(JsonNode request) throws ApiException {
    UserRecord user = authenticator.userOfGetSubscriptionInfo(request).orElse(null);
    ApiDialect dialect = user == null ? defaultDialect : dialect(user.dialect());
    requireObject(request, dialect);
    dialect.inspectGetSubscriptionInfo(request);
    if (user == null) {
      throw dialect.unknownSubscriber();
    }
    awaitTurn(user.id(), dialect);
    return switch (tower.subscription(user)) {
      case SubscriptionResult.Active active -> ApiJson.subscription(tower, active.user());
      case SubscriptionResult.Expired(long expiry) -> throw dialect.expired(expiry);
    };
  }

  private void awaitTurn(PublicKey user, ApiDialect dialect) throws ApiException {
    if (throttle.awaitUserRequest(user, 0)
        instanceof RateLimitResult.Exceeded(String error, long retryAfter)) {
      throw dialect.busy(error, retryAfter);
    }
  }

  /** Rejects a body that is not an object for v1; v2 distinguishes such bodies itself. */
  private static void requireObject(JsonNode request, ApiDialect dialect) throws ApiException {
    if (dialect instanceof ApiDialectV1 && !request.isObject()) {
      throw dialect.malformed("an object is expected");
    }
  }
}
