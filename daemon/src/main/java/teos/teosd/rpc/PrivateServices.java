package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.protocol.AppointmentUuid;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.v2.DeleteSessionRequest;
import teos.rpc.v2.GetAllAppointmentsRequest;
import teos.rpc.v2.GetAllAppointmentsResponse;
import teos.rpc.v2.GetAppointmentsRequest;
import teos.rpc.v2.GetAppointmentsResponse;
import teos.rpc.v2.GetInvitationsRequest;
import teos.rpc.v2.GetInvitationsResponse;
import teos.rpc.v2.GetSessionsRequest;
import teos.rpc.v2.GetSessionsResponse;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserRequest;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.GetUsersRequest;
import teos.rpc.v2.GetUsersResponse;
import teos.rpc.v2.InvitationRequest;
import teos.rpc.v2.InvitationResponse;
import teos.rpc.v2.LabelUserRequest;
import teos.rpc.v2.PrivateTowerServicesGrpc.PrivateTowerServicesImplBase;
import teos.rpc.v2.SetLogLevelRequest;
import teos.rpc.v2.SetLogLevelResponse;
import teos.teosd.api.InternalApi;
import teos.teosd.rpc.Paginator.Page;
import teos.tower.inventory.Inventory;
import teos.tower.inventory.InventoryEntry;
import teos.tower.responder.Verdict;
import teos.tower.store.SessionRecord;
import teos.tower.store.TrackerEvent;
import teos.tower.store.UserNotes;
import teos.tower.store.UserRecord;

/** {@code teos.v2.PrivateTowerServices}: the operator's calls of v2. */
final class PrivateServices extends PrivateTowerServicesImplBase {

  private static final Logger log = LoggerFactory.getLogger(PrivateServices.class);

  /** Bytes of an id in a response: tag, length, and the id itself. */
  private static final int USER_BYTES = PublicKey.LENGTH + 2;

  /** Bytes of a user's details: five tagged numbers of up to five bytes, dialect and label. */
  private static final int USER_DETAILS_BYTES =
      USER_BYTES + 2 + 5 * 6 + 4 + UserLabel.MAX_BYTES + 3;

  private static final int APPOINTMENT_BYTES = AppointmentUuid.LENGTH + Locator.LENGTH + 4;

  private final InternalApi tower;
  private final Paginator pages;
  private final TowerInfo info;
  private final LogLevels logLevels;

  PrivateServices(
      InternalApi tower, TowerInfo info, LogLevels logLevels, LongResponses longResponses) {
    this.tower = tower;
    this.pages = new Paginator(tower.inventory(), longResponses);
    this.info = info;
    this.logLevels = logLevels;
  }

  @Override
  public void getAllAppointments(
      GetAllAppointmentsRequest request, StreamObserver<GetAllAppointmentsResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Page<AppointmentData> page =
              pages.appointments(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  Optional.empty(),
                  entry -> InventoryFields.data(entry, tower.inventory()),
                  to);
          return GetAllAppointmentsResponse.newBuilder()
              .addAllAppointments(page.entries())
              .setNextPageToken(page.next())
              .build();
        });
  }

  @Override
  public void getAppointments(
      GetAppointmentsRequest request, StreamObserver<GetAppointmentsResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Locator locator = BinaryFields.locator(request.getLocator());
          Page<AppointmentData> page =
              pages.appointments(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  Optional.of(locator),
                  this::fullData,
                  to);
          return GetAppointmentsResponse.newBuilder()
              .addAllAppointments(page.entries())
              .setNextPageToken(page.next())
              .build();
        });
  }

  /** Returns an appointment with its history and all penalties. */
  private AppointmentData fullData(InventoryEntry entry) {
    Inventory inventory = tower.inventory();
    AppointmentData.Builder data = InventoryFields.data(entry, inventory).toBuilder();
    if (entry instanceof InventoryEntry.Responded responded
        && responded.tracker().penalty().isInBundle()) {
      data.getDetailsBuilder()
          .addAllPenalties(
              PenaltyFields.penalties(responded.all(), inventory.forecast(responded.all())));
    }
    for (TrackerEvent event : inventory.history(entry.cursor().key())) {
      data.getDetailsBuilder()
          .addHistory(
              teos.rpc.common.v2.TrackerEvent.newBuilder()
                  .setTime(event.at().getEpochSecond())
                  .setHeight(event.height())
                  .setEvent(event.kind().word())
                  .setDetail(event.detail()));
    }
    return data.build();
  }

  @Override
  public void getTowerInfo(Empty request, StreamObserver<GetTowerInfoResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Inventory.Totals totals = tower.inventory().totals();
          Map<Verdict, Long> verdicts = tower.inventory().verdicts();
          return info.toResponse()
              .setNRegisteredUsers((int) totals.users())
              .setNWatcherAppointments((int) totals.watched())
              .setNResponderTrackers((int) totals.trackers())
              .setBitcoindReachable(tower.bitcoindReachable())
              .setBlockHeight(tower.height())
              .setNAtRisk(verdicts.getOrDefault(Verdict.AT_RISK, 0L).intValue())
              .setNUnlikely(verdicts.getOrDefault(Verdict.UNLIKELY, 0L).intValue())
              .build();
        });
  }

  @Override
  public void getUsers(GetUsersRequest request, StreamObserver<GetUsersResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Page<PublicKey> page =
              pages.users(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  request.getDetails() ? USER_DETAILS_BYTES : USER_BYTES,
                  to);
          GetUsersResponse.Builder response =
              GetUsersResponse.newBuilder().setNextPageToken(page.next());
          if (request.getDetails()) {
            Map<PublicKey, UserNotes> notes = tower.directory().notes(page.entries());
            for (Inventory.UserHoldings holder : tower.inventory().holders(page.entries())) {
              UserNotes userNotes = notes.getOrDefault(holder.user().id(), UserNotes.NONE);
              response.addUsers(InventoryFields.user(holder, userNotes));
            }
          } else {
            page.entries().forEach(id -> response.addUserIds(ByteString.copyFrom(id.bytes())));
          }
          return response.build();
        });
  }

  @Override
  public void getUser(GetUserRequest request, StreamObserver<GetUserResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          UserRecord user = user(tower, BinaryFields.user(request.getUserId()));
          Page<Locator> page =
              pages.locators(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  user,
                  APPOINTMENT_BYTES,
                  to);
          UserNotes notes =
              tower.directory().notes(List.of(user.id())).getOrDefault(user.id(), UserNotes.NONE);
          GetUserResponse.Builder response =
              GetUserResponse.newBuilder()
                  .setLabel(notes.label())
                  .setLastSeen(InventoryFields.seconds(notes))
                  .setAvailableSlots((int) user.availableSlots())
                  .setSubscriptionStart((int) user.subscriptionStart())
                  .setSubscriptionExpiry((int) user.subscriptionExpiry())
                  .setDialect(user.dialect().name().toLowerCase(Locale.ROOT))
                  .setNextPageToken(page.next());
          for (Locator locator : page.entries()) {
            response
                .addAppointments(
                    ByteString.copyFrom(AppointmentUuid.of(locator, user.id()).bytes()))
                .addLocators(ByteString.copyFrom(locator.bytes()));
          }
          return response.build();
        });
  }

  @Override
  public void labelUser(LabelUserRequest request, StreamObserver<Empty> to) {
    UnaryCalls.answer(
        to,
        () -> {
          PublicKey user = BinaryFields.user(request.getUserId());
          String label = UserLabel.require(request.getLabel());
          if (!tower.directory().setLabel(user, label)) {
            throw UnaryCalls.failure(Status.NOT_FOUND, "User not found");
          }
          return Empty.getDefaultInstance();
        });
  }

  /** Returns the requested user, or fails the call. */
  static UserRecord user(InternalApi tower, PublicKey id) throws StatusException {
    return tower.user(id).orElseThrow(() -> UnaryCalls.failure(Status.NOT_FOUND, "User not found"));
  }

  @Override
  public void getSessions(GetSessionsRequest request, StreamObserver<GetSessionsResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Page<SessionRecord> page =
              pages.sessions(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()), tower);
          GetSessionsResponse.Builder response =
              GetSessionsResponse.newBuilder().setNextPageToken(page.next());
          page.entries().forEach(session -> response.addSessions(InventoryFields.session(session)));
          return response.build();
        });
  }

  @Override
  public void deleteSession(DeleteSessionRequest request, StreamObserver<Empty> to) {
    UnaryCalls.answer(
        to,
        () -> {
          PublicKey id = BinaryFields.user(request.getSessionId());
          if (!tower.deleteSession(id)) {
            throw UnaryCalls.failure(Status.NOT_FOUND, "Session not found");
          }
          log.atInfo().addKeyValue("session", id).log("session deleted by the operator");
          return Empty.getDefaultInstance();
        });
  }

  @Override
  public void inviteUser(InvitationRequest request, StreamObserver<InvitationResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          PublicKey user = BinaryFields.user(request.getUserId());
          tower.admission().invite(user);
          log.atInfo().addKeyValue("user", user).log("user invited by the operator");
          return invitationResponse();
        });
  }

  @Override
  public void withdrawInvitation(InvitationRequest request, StreamObserver<InvitationResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          PublicKey user = BinaryFields.user(request.getUserId());
          if (!tower.admission().withdraw(user)) {
            throw UnaryCalls.failure(Status.NOT_FOUND, "This user is not invited");
          }
          log.atInfo().addKeyValue("user", user).log("invitation withdrawn by the operator");
          return invitationResponse();
        });
  }

  private InvitationResponse invitationResponse() {
    return InvitationResponse.newBuilder()
        .setNote(tower.admission().invitationsIgnoredReason().orElse(""))
        .build();
  }

  @Override
  public void getInvitations(
      GetInvitationsRequest request, StreamObserver<GetInvitationsResponse> to) {
    UnaryCalls.answer(
        to,
        () -> {
          Page<PublicKey> page =
              pages.invitations(
                  new Paginator.PageRequest(request.getPageSize(), request.getPageToken()),
                  tower.admission());
          GetInvitationsResponse.Builder response =
              GetInvitationsResponse.newBuilder().setNextPageToken(page.next());
          page.entries().forEach(user -> response.addUserIds(ByteString.copyFrom(user.bytes())));
          return response.build();
        });
  }

  @Override
  public void setLogLevel(SetLogLevelRequest request, StreamObserver<SetLogLevelResponse> to) {
    UnaryCalls.answer(to, () -> setLogLevel(logLevels, request));
  }

  static SetLogLevelResponse setLogLevel(LogLevels logLevels, SetLogLevelRequest request)
      throws StatusException {
    try {
      String now = logLevels.set(request.getLogger(), request.getLevel());
      log.atInfo()
          .addKeyValue("logger", request.getLogger())
          .addKeyValue("level", now)
          .log("log level set by the operator");
      return SetLogLevelResponse.newBuilder().setLevel(now).build();
    } catch (IllegalArgumentException e) {
      throw UnaryCalls.invalid(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void stop(Empty request, StreamObserver<Empty> to) {
    log.info("stop requested by the operator");
    UnaryCalls.answer(to, Empty::getDefaultInstance);
    tower.stop();
  }
}
