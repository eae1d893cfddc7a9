package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.AppointmentUuid;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.rpc.v1.AddAppointmentRequest;
import teos.rpc.v1.AddAppointmentResponse;
import teos.rpc.v1.AppointmentData;
import teos.rpc.v1.GetAllAppointmentsRequest;
import teos.rpc.v1.GetAllAppointmentsResponse;
import teos.rpc.v1.GetAppointmentRequest;
import teos.rpc.v1.GetAppointmentResponse;
import teos.rpc.v1.GetSubscriptionInfoRequest;
import teos.rpc.v1.GetTowerInfoResponse;
import teos.rpc.v1.GetUserRequest;
import teos.rpc.v1.GetUserResponse;
import teos.rpc.v1.GetUsersRequest;
import teos.rpc.v1.GetUsersResponse;
import teos.rpc.v1.RegisterRequest;
import teos.rpc.v1.RegisterResponse;
import teos.rpc.v1.TowerServicesGrpc.TowerServicesImplBase;
import teos.teosd.api.AddResult;
import teos.teosd.api.InternalApi;
import teos.teosd.api.RegistrationResult;
import teos.teosd.rpc.Paginator.Page;
import teos.tower.appointments.AppointmentInfo;
import teos.tower.inventory.Inventory;
import teos.tower.store.UserRecord;

/**
 * {@code teos.protobuf.protos.v1.TowerServices}: python-teos's internal API, with the users' and
 * the operator's calls in one service. The operator's calls are allowed only where the server's
 * address or its certificates keep others out.
 */
final class TowerServicesV1 extends TowerServicesImplBase {

  private static final Logger log = LoggerFactory.getLogger(TowerServicesV1.class);

  /** Bytes of an id in a response: hex, with tag and length. */
  private static final int USER_BYTES = 2 * PublicKey.LENGTH + 2;

  private static final int UUID_BYTES = 2 * AppointmentUuid.LENGTH + 6;

  private final InternalApi tower;
  private final UserCalls calls;
  private final Paginator pages;
  private final HexFields fields;
  private final boolean operatorCallsAllowed;

  /**
   * @param minToSelfDelay the smallest accepted to_self_delay, in blocks
   * @param operatorCallsAllowed whether the operator may call this server
   */
  TowerServicesV1(
      InternalApi tower,
      long minToSelfDelay,
      boolean operatorCallsAllowed,
      LongResponses longResponses) {
    this.tower = tower;
    this.calls = new UserCalls(tower, Dialect.V1);
    this.pages = new Paginator(tower.inventory(), longResponses);
    this.fields = new HexFields(minToSelfDelay);
    this.operatorCallsAllowed = operatorCallsAllowed;
  }

  // Users' calls

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          RegistrationResult.Registered result =
              calls.register(HexFields.user(request.getUserId()));
          RegistrationReceipt receipt = result.receipt();
          return RegisterResponse.newBuilder()
              .setUserId(request.getUserId())
              .setAvailableSlots((int) receipt.availableSlots())
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
          AddResult.Accepted result =
              calls.addAppointment(
                  fields.appointment(request.getAppointment()), request.getSignature());
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
                  HexFields.locator(request.getLocator()),
                  request.getSignature(),
                  UserCalls.notFound());
          return switch (info) {
            case AppointmentInfo.BeingWatched watched ->
                response(
                    AppointmentData.newBuilder()
                        .setAppointment(HexFields.appointment(watched.appointment())),
                    "being_watched");
            case AppointmentInfo.DisputeResponded responded ->
                response(
                    AppointmentData.newBuilder()
                        .setTracker(HexFields.tracker(responded.tracker(), responded.penaltyTx())),
                    "dispute_responded");
          };
        });
  }

  private static GetAppointmentResponse response(AppointmentData.Builder data, String status) {
    return GetAppointmentResponse.newBuilder().setAppointmentData(data).setStatus(status).build();
  }

  @Override
  public void getSubscriptionInfo(
      GetSubscriptionInfoRequest request, StreamObserver<GetUserResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          UserRecord user = calls.subscriber(request.getSignature());
          ListValue.Builder locators = ListValue.newBuilder();
          pages
              .locators(new Paginator.PageRequest(0, ByteString.EMPTY), user, UUID_BYTES, to)
              .entries()
              .forEach(locator -> locators.addValues(HexFields.text(locator.toHex())));
          return GetUserResponse.newBuilder().setUser(struct(user, locators)).build();
        });
  }

  private static Struct struct(UserRecord user, ListValue.Builder appointments) {
    return Struct.newBuilder()
        .putFields("subscription_expiry", HexFields.number(user.subscriptionExpiry()))
        .putFields("available_slots", HexFields.number(user.availableSlots()))
        .putFields("appointments", Value.newBuilder().setListValue(appointments).build())
        .build();
  }

  // The operator's calls

  private void requireOperator() throws StatusException {
    if (!operatorCallsAllowed) {
      throw UnaryCalls.failure(
          Status.PERMISSION_DENIED,
          "The operator's calls are allowed only on this machine (internal_api_host), or with a"
              + " certificate (rpc_bind, rpc_port)");
    }
  }

  @Override
  public void getAllAppointments(
      GetAllAppointmentsRequest request, StreamObserver<GetAllAppointmentsResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          requireOperator();
          Page<Struct> page =
              pages.appointments(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  Optional.empty(),
                  HexFields::entry,
                  to);
          return GetAllAppointmentsResponse.newBuilder()
              .setAppointments(HexFields.byPart(page.entries()))
              .setNextPageToken(page.next())
              .build();
        });
  }

  @Override
  public void getTowerInfo(Empty request, StreamObserver<GetTowerInfoResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          requireOperator();
          Inventory.Totals totals = tower.inventory().totals();
          return GetTowerInfoResponse.newBuilder()
              .setTowerId(tower.towerId().toHex())
              .setNRegisteredUsers((int) totals.users())
              .setNWatcherAppointments((int) totals.watched())
              .setNResponderTrackers((int) totals.trackers())
              .build();
        });
  }

  @Override
  public void getUsers(GetUsersRequest request, StreamObserver<GetUsersResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          requireOperator();
          Page<PublicKey> page =
              pages.users(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  USER_BYTES,
                  to);
          GetUsersResponse.Builder response =
              GetUsersResponse.newBuilder().setNextPageToken(page.next());
          page.entries().forEach(id -> response.addUserIds(id.toHex()));
          return response.build();
        });
  }

  @Override
  public void getUser(GetUserRequest request, StreamObserver<GetUserResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          requireOperator();
          UserRecord user = PrivateServices.user(tower, HexFields.user(request.getUserId()));
          Page<Locator> page =
              pages.locators(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  user,
                  UUID_BYTES,
                  to);
          ListValue.Builder uuids = ListValue.newBuilder();
          for (Locator locator : page.entries()) {
            uuids.addValues(HexFields.text(AppointmentUuid.of(locator, user.id()).toHex()));
          }
          return GetUserResponse.newBuilder()
              .setUser(struct(user, uuids))
              .setNextPageToken(page.next())
              .build();
        });
  }

  @Override
  public void stop(Empty request, StreamObserver<Empty> to) {
    UnaryCalls.answer(
        to,
        () -> {
          requireOperator();
          log.info("stop requested over the internal API");
          tower.stop();
          return Empty.getDefaultInstance();
        });
  }
}
