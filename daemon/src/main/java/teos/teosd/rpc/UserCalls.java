package teos.teosd.rpc;

import io.grpc.Status;
import io.grpc.StatusException;
import java.util.Optional;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SignedTexts;
import teos.teosd.InternalApi;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.appointments.AppointmentRejectedException;
import teos.tower.gatekeeper.Admission;
import teos.tower.gatekeeper.Gatekeeper.MaxSlotsReachedException;
import teos.tower.gatekeeper.Gatekeeper.SessionKeyException;
import teos.tower.gatekeeper.Gatekeeper.Signer;
import teos.tower.gatekeeper.Gatekeeper.TowerFullException;
import teos.tower.store.UserRecord;

/**
 * What users ask for by gRPC, in one dialect: which service is called says which. Refusals have the
 * codes that both reference towers give.
 */
final class UserCalls {

  private final InternalApi tower;
  private final Dialect dialect;

  UserCalls(InternalApi tower, Dialect dialect) {
    this.tower = tower;
    this.dialect = dialect;
  }

  InternalApi.Registration register(PublicKey user) throws StatusException {
    requireNone(tower.whyNoRegistration());
    switch (tower.admission().of(user)) {
      case Admission.Answer.Welcome welcome -> {
        // goes on
      }
      case Admission.Answer.Closed(String why) ->
          throw Calls.failure(Status.PERMISSION_DENIED, why);
      case Admission.Answer.Full(String why) -> throw Calls.failure(Status.UNAVAILABLE, why);
    }
    try {
      return tower.register(user, dialect);
    } catch (MaxSlotsReachedException e) {
      throw Calls.failure(Status.RESOURCE_EXHAUSTED, String.valueOf(e.getMessage()));
    } catch (TowerFullException e) {
      throw Calls.failure(Status.UNAVAILABLE, String.valueOf(e.getMessage()));
    } catch (SessionKeyException e) {
      throw Calls.failure(Status.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    }
  }

  private static void requireNone(Optional<String> obstacle) throws StatusException {
    if (obstacle.isPresent()) {
      throw Calls.failure(Status.UNAVAILABLE, obstacle.get());
    }
  }

  InternalApi.SignedAcceptance addAppointment(Appointment appointment, String signature)
      throws StatusException {
    Signer user =
        tower
            .signer(appointment.signedBytes(), signature)
            .orElseThrow(UserCalls::unknownSigner);
    requireNone(tower.whyNoAppointments());
    try {
      return tower.addAppointment(appointment, signature, user.id(), dialect);
    } catch (AppointmentRejectedException e) {
      throw rejected(e);
    }
  }

  private static StatusException unknownSigner() {
    return Calls.failure(
        Status.UNAUTHENTICATED, "Invalid signature or user does not have enough slots available");
  }

  private static StatusException rejected(AppointmentRejectedException why) {
    String text = String.valueOf(why.getMessage());
    return switch (why.reason()) {
      case NOT_REGISTERED -> unknownSigner();
      case NOT_ENOUGH_SLOTS ->
          Calls.failure(
              Status.UNAUTHENTICATED,
              "Invalid signature or user does not have enough slots available: " + text);
      case SUBSCRIPTION_EXPIRED -> Calls.failure(Status.UNAUTHENTICATED, text);
      case ALREADY_TRIGGERED -> Calls.failure(Status.ALREADY_EXISTS, text);
      case SUPERSEDED -> Calls.failure(Status.INVALID_ARGUMENT, text);
      case DISK_FULL -> Calls.failure(Status.UNAVAILABLE, text);
    };
  }

  /**
   * @param unknownReader how a reader is answered who is no user
   */
  AppointmentInfo appointment(Locator locator, String signature, StatusException unknownReader)
      throws StatusException {
    UserRecord user =
        tower
            .authenticate(SignedTexts.getAppointment(locator), signature)
            .orElseThrow(() -> unknownReader);
    requireSubscription(user);
    return tower.appointment(locator, user).orElseThrow(UserCalls::notFound);
  }

  static StatusException notFound() {
    return Calls.failure(Status.NOT_FOUND, "Appointment not found");
  }

  UserRecord subscriber(String signature) throws StatusException {
    UserRecord user =
        tower
            .authenticate(SignedTexts.getSubscriptionInfo(), signature)
            .orElseThrow(
                () ->
                    Calls.failure(
                        Status.UNAUTHENTICATED, "User not found. Have you registered?"));
    requireSubscription(user);
    return user;
  }

  private void requireSubscription(UserRecord user) throws StatusException {
    if (tower.hasExpired(user)) {
      throw Calls.failure(
          Status.UNAUTHENTICATED,
          "Your subscription expired at block " + user.subscriptionExpiry());
    }
  }
}
