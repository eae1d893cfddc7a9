package teos.teosd.rpc;

import io.grpc.Status;
import io.grpc.StatusException;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SignedTexts;
import teos.teosd.api.AddResult;
import teos.teosd.api.AppointmentResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RateLimitResult;
import teos.teosd.api.RegistrationResult;
import teos.teosd.api.SubscriptionResult;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.store.UserRecord;

/**
 * Users' gRPC calls in the dialect of one service. Turns the sealed results into responses and
 * status codes; the codes are those of both reference towers.
 */
final class UserCalls {

  private final InternalApi tower;
  private final Dialect dialect;

  UserCalls(InternalApi tower, Dialect dialect) {
    this.tower = tower;
    this.dialect = dialect;
  }

  RegistrationResult.Registered register(PublicKey user) throws StatusException {
    RegistrationResult result =
        tower.register(user, dialect, RateLimitResult.Granted::new); // no limit on this machine
    return switch (result) {
      case RegistrationResult.Registered registered -> registered;
      case RegistrationResult.NotAdmitted(String why) ->
          throw UnaryCalls.failure(Status.PERMISSION_DENIED, why);
      case RegistrationResult.Unavailable(String why) ->
          throw UnaryCalls.failure(Status.UNAVAILABLE, why);
      case RegistrationResult.RateLimited(String why, long seconds) ->
          throw UnaryCalls.failure(Status.UNAVAILABLE, why);
      case RegistrationResult.MaxSlots(String why) ->
          throw UnaryCalls.failure(Status.RESOURCE_EXHAUSTED, why);
      case RegistrationResult.SessionKey(String why) -> throw UnaryCalls.invalid(why);
    };
  }

  AddResult.Accepted addAppointment(Appointment appointment, String signature)
      throws StatusException {
    Signer user =
        tower.signer(appointment.signedBytes(), signature).orElseThrow(UserCalls::unknownSigner);
    return switch (tower.addAppointment(appointment, signature, user.id(), dialect)) {
      case AddResult.Accepted accepted -> accepted;
      case AddResult.Unavailable(String why) -> throw UnaryCalls.failure(Status.UNAVAILABLE, why);
      case AddResult.Rejected rejected -> throw rejected(rejected);
    };
  }

  private static StatusException unknownSigner() {
    return UnaryCalls.failure(
        Status.UNAUTHENTICATED, "Invalid signature or user does not have enough slots available");
  }

  private static StatusException rejected(AddResult.Rejected rejection) {
    String text = rejection.why();
    return switch (rejection.reason()) {
      case NOT_REGISTERED -> unknownSigner();
      case NOT_ENOUGH_SLOTS ->
          UnaryCalls.failure(
              Status.UNAUTHENTICATED,
              "Invalid signature or user does not have enough slots available: " + text);
      case SUBSCRIPTION_EXPIRED -> UnaryCalls.failure(Status.UNAUTHENTICATED, text);
      case ALREADY_TRIGGERED -> UnaryCalls.failure(Status.ALREADY_EXISTS, text);
      case SUPERSEDED -> UnaryCalls.failure(Status.INVALID_ARGUMENT, text);
      case DISK_FULL -> UnaryCalls.failure(Status.UNAVAILABLE, text);
    };
  }

  /**
   * @param unknownUser error for a signer who is not registered
   */
  AppointmentInfo appointment(Locator locator, String signature, StatusException unknownUser)
      throws StatusException {
    UserRecord user =
        tower
            .authenticate(SignedTexts.getAppointment(locator), signature)
            .orElseThrow(() -> unknownUser);
    return switch (tower.getAppointment(locator, user)) {
      case AppointmentResult.Found(AppointmentInfo info) -> info;
      case AppointmentResult.NotFound none -> throw notFound();
      case AppointmentResult.Expired(long expiry) -> throw expired(expiry);
    };
  }

  static StatusException notFound() {
    return UnaryCalls.failure(Status.NOT_FOUND, "Appointment not found");
  }

  UserRecord subscriber(String signature) throws StatusException {
    UserRecord user =
        tower
            .authenticate(SignedTexts.getSubscriptionInfo(), signature)
            .orElseThrow(
                () ->
                    UnaryCalls.failure(
                        Status.UNAUTHENTICATED, "User not found. Have you registered?"));
    return switch (tower.subscription(user)) {
      case SubscriptionResult.Active active -> active.user();
      case SubscriptionResult.Expired(long expiry) -> throw expired(expiry);
    };
  }

  private static StatusException expired(long expiry) {
    return UnaryCalls.failure(
        Status.UNAUTHENTICATED, "Your subscription expired at block " + expiry);
  }
}
