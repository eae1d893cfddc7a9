package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import teos.protocol.Appointment;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.RegistrationReceipt;
import teos.rpc.common.v2.AddAppointmentRequest;
import teos.rpc.common.v2.AddAppointmentResponse;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.GetAppointmentRequest;
import teos.rpc.common.v2.GetAppointmentResponse;
import teos.rpc.common.v2.GetAppointmentResponse.AppointmentStatus;
import teos.rpc.common.v2.GetSubscriptionInfoRequest;
import teos.rpc.common.v2.GetSubscriptionInfoResponse;
import teos.rpc.common.v2.RegisterRequest;
import teos.rpc.common.v2.RegisterResponse;
import teos.rpc.v2.PublicTowerServicesGrpc.PublicTowerServicesImplBase;
import teos.teosd.api.AddResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RegistrationResult;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.store.UserRecord;

/** {@code teos.v2.PublicTowerServices}: the users' calls of rust-teos. */
final class PublicServices extends PublicTowerServicesImplBase {

  /** Bytes of a locator in a response: tag, length, and its 16 bytes. */
  private static final int LOCATOR_BYTES = Locator.LENGTH + 2;

  private final UserCalls calls;
  private final Paginator pages;

  PublicServices(InternalApi tower, LongResponses longResponses) {
    this.calls = new UserCalls(tower, Dialect.V2);
    this.pages = new Paginator(tower.inventory(), longResponses);
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          RegistrationResult.Registered result =
              calls.register(BinaryFields.user(request.getUserId()));
          RegistrationReceipt receipt = result.receipt();
          return RegisterResponse.newBuilder()
              .setUserId(request.getUserId())
              .setAvailableSlots((int) receipt.availableSlots())
              .setSubscriptionStart((int) receipt.subscriptionStart())
              .setSubscriptionExpiry((int) receipt.subscriptionExpiry())
              .setSubscriptionSignature(result.signature())
              .build();
        });
  }

  @Override
  public void addAppointment(
      AddAppointmentRequest request, StreamObserver<AddAppointmentResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Locator locator = BinaryFields.locator(request.getAppointment().getLocator());
          Appointment appointment =
              new Appointment(
                  locator,
                  request.getAppointment().getEncryptedBlob().toByteArray(),
                  Integer.toUnsignedLong(request.getAppointment().getToSelfDelay()));
          AddResult.Accepted result = calls.addAppointment(appointment, request.getSignature());
          return AddAppointmentResponse.newBuilder()
              .setLocator(request.getAppointment().getLocator())
              .setStartBlock((int) result.accepted().receipt().startBlock())
              .setSignature(result.signature())
              .setAvailableSlots((int) result.accepted().availableSlots())
              .setSubscriptionExpiry((int) result.accepted().subscriptionExpiry())
              .build();
        });
  }

  @Override
  public void getAppointment(
      GetAppointmentRequest request, StreamObserver<GetAppointmentResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          AppointmentInfo info =
              calls.appointment(
                  BinaryFields.locator(request.getLocator()),
                  request.getSignature(),
                  unknownUser());
          return switch (info) {
            case AppointmentInfo.BeingWatched watched ->
                response(
                    AppointmentData.newBuilder()
                        .setAppointment(BinaryFields.appointment(watched.appointment())),
                    AppointmentStatus.BEING_WATCHED);
            case AppointmentInfo.DisputeResponded responded ->
                response(
                    AppointmentData.newBuilder()
                        .setTracker(
                            BinaryFields.tracker(responded.tracker(), responded.penaltyTx())),
                    AppointmentStatus.DISPUTE_RESPONDED);
          };
        });
  }

  private static GetAppointmentResponse response(
      AppointmentData.Builder data, AppointmentStatus status) {
    return GetAppointmentResponse.newBuilder().setAppointmentData(data).setStatus(status).build();
  }

  private static StatusException unknownUser() {
    return UnaryCalls.failure(Status.UNAUTHENTICATED, "User cannot be authenticated");
  }

  @Override
  public void getSubscriptionInfo(
      GetSubscriptionInfoRequest request, StreamObserver<GetSubscriptionInfoResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          UserRecord user = calls.subscriber(request.getSignature());
          GetSubscriptionInfoResponse.Builder response =
              GetSubscriptionInfoResponse.newBuilder()
                  .setAvailableSlots((int) user.availableSlots())
                  .setSubscriptionExpiry((int) user.subscriptionExpiry());
          pages
              .locators(new Paginator.PageRequest(0, ByteString.EMPTY), user, LOCATOR_BYTES, to)
              .entries()
              .forEach(locator -> response.addLocators(ByteString.copyFrom(locator.bytes())));
          return response.build();
        });
  }
}
