package teos.teosd.rpc;

import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.grpc.Status.Code.RESOURCE_EXHAUSTED;
import static org.assertj.core.api.Assertions.assertThat;
import static teos.teosd.rpc.Refusals.assertFails;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Appointment;
import teos.protocol.AppointmentUuid;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.common.v2.AppointmentDetails;
import teos.rpc.common.v2.TrackerEvent;
import teos.rpc.v2.GetAllAppointmentsRequest;
import teos.rpc.v2.GetAppointmentsRequest;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserRequest;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.GetUsersRequest;
import teos.rpc.v2.UserDetails;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** The operator's gRPC calls, with lists in pages or in one response. */
@Tag("bitcoind")
class OperatorCallsTest {

  private static final int FEE_RATE = 10;
  private static final int USERS = 9;
  private static final int WATCHED_EACH = 4;
  private static final ByteString GARBAGE = ByteString.copyFromUtf8("no token");

  @TestBitcoind private static Bitcoind bitcoind;
  private static LightningChannel breached;
  private static RunningTower tower;
  private static RpcClient internal;
  private static RpcClient operators;
  private static final List<RpcUser> users = new ArrayList<>();

  /** Uuids of watched appointments, in hex. */
  private static final List<String> watched = new ArrayList<>();

  /** Uuids of appointments with trackers, in hex. */
  private static final List<String> trackers = new ArrayList<>();

  @TempDir private static Path sharedDir;

  @TempDir Path dataDir;

  /** Starts a tower with appointments of several users, some of them with trackers. */
  @BeforeAll
  static void start() throws Exception {
    breached = LightningChannel.open(bitcoind);
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(breached.commitment())));
    tower =
        RunningTower.start(
            bitcoind, sharedDir, Map.of("public_addresses", "tower.example:443,2001:db8::1"));
    internal = RpcClient.internal(tower);
    operators = RpcClient.operators(tower);
    for (int i = 0; i < USERS; i++) {
      RpcUser user = RpcUser.create();
      internal.v2().register(user.v2Register());
      users.add(user);
      for (int j = 0; j < WATCHED_EACH; j++) {
        watched.add(send(user, RpcUser.appointment(330)));
      }
      trackers.add(send(user, penaltyAppointment(breached, i % 2 == 0 ? Dialect.V1 : Dialect.V2)));
    }
  }

  @AfterAll
  static void stop() throws Exception {
    operators.close();
    internal.close();
    tower.close();
  }

  private static Appointment penaltyAppointment(LightningChannel channel, Dialect dialect) {
    return new Appointment(
        dialect.locator(channel.commitmentTxid()),
        Blob.encrypt(channel.penalty(FEE_RATE), channel.commitmentTxid(), dialect),
        144);
  }

  private static String send(RpcUser user, Appointment appointment) {
    internal.v2().addAppointment(user.v2Add(appointment));
    return AppointmentUuid.of(appointment.locator(), user.id()).toHex();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  // Responses

  @Test
  void towerInfo_describesTheTower() {
    GetTowerInfoResponse info = operators.v2Operator().getTowerInfo(Empty.getDefaultInstance());
    assertThat(info.getTowerId()).isEqualTo(RpcUser.bytes(tower.id()));
    assertThat(info.getNRegisteredUsers()).isEqualTo(USERS);
    assertThat(info.getNWatcherAppointments()).isEqualTo(watched.size());
    assertThat(info.getNResponderTrackers()).isEqualTo(trackers.size());
    assertThat(info.getBitcoindReachable()).isTrue();
    assertThat(info.getBlockHeight()).isEqualTo(bitcoind.height());
    assertThat(info.getVersion()).isNotEmpty();
    int port = tower.api().getPort();
    assertThat(info.getListensAt()).isEqualTo("127.0.0.1:" + port);
    assertThat(info.getAddressesList())
        .extracting(address -> address.getAddress() + " " + address.getPort())
        .containsExactly("tower.example 443", "2001:db8::1 " + port);
    assertThat(info.getPublicAddressesList())
        .extracting(teos.rpc.v2.PublicAddress::getUri)
        .containsExactly(tower.id() + "@tower.example:443", tower.id() + "@[2001:db8::1]:" + port);
    for (RpcClient rpc : List.of(internal, operators)) {
      teos.rpc.v1.GetTowerInfoResponse v1 = rpc.v1().getTowerInfo(Empty.getDefaultInstance());
      assertThat(v1.getTowerId()).isEqualTo(tower.id().toHex());
      assertThat(v1.getNRegisteredUsers()).isEqualTo(USERS);
      assertThat(v1.getNWatcherAppointments()).isEqualTo(watched.size());
      assertThat(v1.getNResponderTrackers()).isEqualTo(trackers.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 1000, -1})
  void v2AllAppointments_haveEachOnceForEveryPageSize(int size) {
    List<AppointmentData> all = allV2(operators, size);
    assertThat(uuids(all, true)).containsExactlyInAnyOrderElementsOf(watched);
    assertThat(uuids(all, false)).containsExactlyInAnyOrderElementsOf(trackers);
  }

  private static List<AppointmentData> allV2(RpcClient rpc, int size) {
    List<AppointmentData> all = new ArrayList<>();
    AppointmentPages.v2(
        rpc,
        size,
        page -> {
          if (size > 0) {
            assertThat(page.getAppointmentsCount()).isBetween(1, size);
          }
          all.addAll(page.getAppointmentsList());
        });
    return all;
  }

  private static List<String> uuids(List<AppointmentData> all, boolean ofWatched) {
    return all.stream()
        .filter(data -> data.hasAppointment() == ofWatched)
        .map(data -> hex(data.getDetails().getUuid()))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 1000, -1})
  void v1AllAppointments_haveEachOnceForEveryPageSize(int size) {
    for (RpcClient rpc : List.of(internal, operators)) {
      List<String> foundWatched = new ArrayList<>();
      List<String> foundTrackers = new ArrayList<>();
      AppointmentPages.v1(
          rpc,
          size,
          all -> {
            foundWatched.addAll(part(all, "watcher_appointments"));
            foundTrackers.addAll(part(all, "responder_trackers"));
          });
      assertThat(foundWatched).containsExactlyInAnyOrderElementsOf(watched);
      assertThat(foundTrackers).containsExactlyInAnyOrderElementsOf(trackers);
    }
  }

  private static List<String> part(Struct all, String name) {
    // Both parts exist even if empty, because python-teos's programs read both.
    Struct part = all.getFieldsOrThrow(name).getStructValue();
    return List.copyOf(part.getFieldsMap().keySet());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 1000, -1})
  void users_haveEachOnceForEveryPageSize(int size) {
    List<String> expected = users.stream().map(user -> user.id().toHex()).sorted().toList();
    List<String> v2 = new ArrayList<>();
    ByteString token = ByteString.EMPTY;
    do {
      var page =
          operators
              .v2Operator()
              .getUsers(GetUsersRequest.newBuilder().setPageSize(size).setPageToken(token).build());
      page.getUserIdsList().forEach(id -> v2.add(hex(id)));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(v2).isEqualTo(expected);

    for (RpcClient rpc : List.of(internal, operators)) {
      List<String> v1 = new ArrayList<>();
      do {
        var page =
            rpc.v1()
                .getUsers(
                    teos.rpc.v1.GetUsersRequest.newBuilder()
                        .setPageSize(size)
                        .setPageToken(token)
                        .build());
        v1.addAll(page.getUserIdsList());
        token = page.getNextPageToken();
      } while (!token.isEmpty());
      assertThat(v1).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000, -1})
  void usersWithDetails_haveEachOnceForEveryPageSize(int size) {
    List<UserDetails> found = new ArrayList<>();
    ByteString token = ByteString.EMPTY;
    do {
      var page =
          operators
              .v2Operator()
              .getUsers(
                  GetUsersRequest.newBuilder()
                      .setPageSize(size)
                      .setPageToken(token)
                      .setDetails(true)
                      .build());
      assertThat(page.getUserIdsCount()).isZero();
      found.addAll(page.getUsersList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(found)
        .extracting(user -> hex(user.getUserId()))
        .containsExactlyElementsOf(users.stream().map(user -> user.id().toHex()).sorted().toList());
    assertThat(found)
        .allSatisfy(
            user -> {
              assertThat(user.getAppointments()).isEqualTo(WATCHED_EACH + 1);
              assertThat(user.getAvailableSlots()).isEqualTo(10_000 - WATCHED_EACH - 1);
              assertThat(user.getSubscriptionExpiry())
                  .isEqualTo(user.getSubscriptionStart() + 4320);
              assertThat(user.getDialect()).matches("v[12]");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000, -1})
  void user_hasEachAppointmentOnceForEveryPageSize(int size) {
    RpcUser user = users.get(3);
    List<String> expected = new ArrayList<>(watched.subList(12, 16));
    expected.add(trackers.get(3));

    List<String> v2 = new ArrayList<>();
    List<String> ofLocators = new ArrayList<>();
    GetUserResponse page;
    ByteString token = ByteString.EMPTY;
    do {
      page =
          operators
              .v2Operator()
              .getUser(
                  GetUserRequest.newBuilder()
                      .setUserId(RpcUser.bytes(user.id()))
                      .setPageSize(size)
                      .setPageToken(token)
                      .build());
      page.getAppointmentsList().forEach(uuid -> v2.add(hex(uuid)));
      page.getLocatorsList()
          .forEach(
              locator ->
                  ofLocators.add(
                      AppointmentUuid.of(new Locator(locator.toByteArray()), user.id()).toHex()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(v2).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(ofLocators).isEqualTo(v2);
    assertThat(page.getAvailableSlots()).isEqualTo(10_000 - expected.size());
    assertThat(page.getSubscriptionStart()).isPositive();
    assertThat(page.getSubscriptionExpiry()).isEqualTo(page.getSubscriptionStart() + 4320);
    assertThat(page.getDialect()).isEqualTo("v2");

    List<String> v1 = new ArrayList<>();
    do {
      var v1Page =
          internal
              .v1()
              .getUser(
                  teos.rpc.v1.GetUserRequest.newBuilder()
                      .setUserId(user.id().toHex())
                      .setPageSize(size)
                      .setPageToken(token)
                      .build());
      Map<String, Value> fields = v1Page.getUser().getFieldsMap();
      assertThat(Objects.requireNonNull(fields.get("available_slots")).getNumberValue())
          .isEqualTo(9_995);
      Objects.requireNonNull(fields.get("appointments"))
          .getListValue()
          .getValuesList()
          .forEach(uuid -> v1.add(uuid.getStringValue()));
      token = v1Page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(v1).containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000})
  void appointmentsForALocator_areThoseOfAllUsers(int size) {
    for (Dialect dialect : Dialect.values()) {
      List<AppointmentData> found = new ArrayList<>();
      ByteString token = ByteString.EMPTY;
      do {
        var page =
            operators
                .v2Operator()
                .getAppointments(
                    GetAppointmentsRequest.newBuilder()
                        .setLocator(RpcUser.bytes(dialect.locator(breached.commitmentTxid())))
                        .setPageSize(size)
                        .setPageToken(token)
                        .build());
        found.addAll(page.getAppointmentsList());
        token = page.getNextPageToken();
      } while (!token.isEmpty());
      List<String> expected = new ArrayList<>();
      for (int i = dialect == Dialect.V1 ? 0 : 1; i < USERS; i += 2) {
        expected.add(trackers.get(i));
      }
      assertThat(uuids(found, false)).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(found).allSatisfy(data -> assertThat(data.hasTracker()).isTrue());
    }
  }

  @Test
  void appointmentsForAnUnknownLocator_areEmpty() {
    assertThat(
            operators
                .v2Operator()
                .getAppointments(
                    GetAppointmentsRequest.newBuilder()
                        .setLocator(ByteString.copyFrom(new byte[16]))
                        .build())
                .getAppointmentsList())
        .isEmpty();
  }

  // Errors

  @Test
  void invalidPageToken_isRefused() {
    for (ByteString token :
        List.of(
            GARBAGE,
            ByteString.copyFrom(new byte[51]),
            ByteString.copyFrom(tokenWithUnknownPart()))) {
      assertFails(
          INVALID_ARGUMENT,
          "page_token",
          () ->
              operators
                  .v2Operator()
                  .getAllAppointments(
                      GetAllAppointmentsRequest.newBuilder().setPageToken(token).build()));
      assertFails(
          INVALID_ARGUMENT,
          "page_token",
          () ->
              internal
                  .v1()
                  .getAllAppointments(
                      teos.rpc.v1.GetAllAppointmentsRequest.newBuilder()
                          .setPageSize(3)
                          .setPageToken(token)
                          .build()));
    }
    assertFails(
        INVALID_ARGUMENT,
        "page_token",
        () ->
            operators
                .v2Operator()
                .getAppointments(
                    GetAppointmentsRequest.newBuilder()
                        .setLocator(ByteString.copyFrom(new byte[16]))
                        .setPageToken(GARBAGE)
                        .build()));
    assertFails(
        INVALID_ARGUMENT,
        "page_token",
        () ->
            operators
                .v2Operator()
                .getUsers(GetUsersRequest.newBuilder().setPageToken(GARBAGE).build()));
    assertFails(
        INVALID_ARGUMENT,
        "page_token",
        () ->
            internal
                .v1()
                .getUsers(teos.rpc.v1.GetUsersRequest.newBuilder().setPageToken(GARBAGE).build()));
    assertFails(
        INVALID_ARGUMENT,
        "page_token",
        () ->
            operators
                .v2Operator()
                .getUser(
                    GetUserRequest.newBuilder()
                        .setUserId(RpcUser.bytes(users.getFirst().id()))
                        .setPageToken(GARBAGE)
                        .build()));
    assertFails(
        INVALID_ARGUMENT,
        "page_token",
        () ->
            internal
                .v1()
                .getUser(
                    teos.rpc.v1.GetUserRequest.newBuilder()
                        .setUserId(users.getFirst().id().toHex())
                        .setPageToken(GARBAGE)
                        .build()));
  }

  /** Returns a token of the right length with an unknown part. */
  private static byte[] tokenWithUnknownPart() {
    byte[] token = new byte[50];
    token[0] = 2;
    return token;
  }

  @Test
  void invalidLocatorOrUnknownUser_isRefused() {
    assertFails(
        INVALID_ARGUMENT,
        "locator",
        () -> operators.v2Operator().getAppointments(GetAppointmentsRequest.getDefaultInstance()));
    assertFails(
        INVALID_ARGUMENT,
        "user_id",
        () -> operators.v2Operator().getUser(GetUserRequest.getDefaultInstance()));
    assertFails(
        INVALID_ARGUMENT,
        "user_id",
        () -> internal.v1().getUser(teos.rpc.v1.GetUserRequest.getDefaultInstance()));
    RpcUser stranger = RpcUser.create();
    assertFails(
        NOT_FOUND,
        "User not found",
        () ->
            operators
                .v2Operator()
                .getUser(
                    GetUserRequest.newBuilder().setUserId(RpcUser.bytes(stranger.id())).build()));
    assertFails(
        NOT_FOUND,
        "User not found",
        () ->
            internal
                .v1()
                .getUser(
                    teos.rpc.v1.GetUserRequest.newBuilder()
                        .setUserId(stranger.id().toHex())
                        .build()));
  }

  // Large responses and penalties

  @Test
  void listThatDoesNotFitIntoOneResponse_isAvailableInPages() throws Exception {
    try (RunningTower large = RunningTower.start(bitcoind, dataDir, Map.of());
        RpcClient rpc = RpcClient.internal(large);
        RpcClient operator = RpcClient.operators(large)) {
      RpcUser user = RpcUser.create();
      rpc.v2().register(user.v2Register());
      List<String> sent = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        // In v1's hex a single entry exceeds the size of a page.
        Appointment appointment = RpcUser.appointment(900_000);
        rpc.v2().addAppointment(user.v2Add(appointment));
        sent.add(AppointmentUuid.of(appointment.locator(), user.id()).toHex());
      }
      assertFails(
          RESOURCE_EXHAUSTED,
          "page_size",
          () ->
              operator
                  .v2Operator()
                  .getAllAppointments(GetAllAppointmentsRequest.getDefaultInstance()));
      assertFails(
          RESOURCE_EXHAUSTED,
          "page_size",
          () ->
              rpc.v1()
                  .getAllAppointments(teos.rpc.v1.GetAllAppointmentsRequest.getDefaultInstance()));
      assertThat(uuids(allV2(operator, 1000), true)).containsExactlyInAnyOrderElementsOf(sent);
      List<String> v1 = new ArrayList<>();
      AppointmentPages.v1(rpc, 1000, all -> v1.addAll(part(all, "watcher_appointments")));
      assertThat(v1).containsExactlyInAnyOrderElementsOf(sent);
    }
  }

  @Test
  void penaltyStatus_followsThePenaltyAndNamesTheReasonOfARefusal() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    LightningChannel refused = LightningChannel.open(bitcoind);
    // Without the mempool, so that the penalty is broadcast at the height of the block.
    try (RunningTower own = RunningTower.start(bitcoind, dataDir, Map.of("btc_mempool", "off"));
        RpcClient rpc = RpcClient.internal(own);
        RpcClient operator = RpcClient.operators(own)) {
      RpcUser user = RpcUser.create();
      rpc.v2().register(user.v2Register());
      Appointment appointment = penaltyAppointment(channel, Dialect.V2);
      rpc.v2().addAppointment(user.v2Add(appointment));
      rpc.v2()
          .addAppointment(
              user.v2Add(
                  new Appointment(
                      Dialect.V2.locator(refused.commitmentTxid()),
                      Blob.encrypt(
                          refused.wronglySignedPenalty(), refused.commitmentTxid(), Dialect.V2),
                      144)));
      int before = bitcoind.height();
      assertThat(appointmentOf(operator, channel).hasAppointment()).isTrue();
      assertThat(appointmentOf(operator, channel).getAppointment())
          .isEqualTo(RpcUser.v2(appointment));
      assertThat(appointmentOf(operator, channel).getDetails())
          .isEqualTo(
              AppointmentDetails.newBuilder()
                  .setUuid(RpcUser.bytes(AppointmentUuid.of(appointment.locator(), user.id())))
                  .setUserId(RpcUser.bytes(user.id()))
                  .setLocator(RpcUser.bytes(appointment.locator()))
                  .setStartBlock(before)
                  .build());

      bitcoind.mineBlockWith(
          List.of(
              HexFormat.of().formatHex(channel.commitment()),
              HexFormat.of().formatHex(refused.commitment())));
      awaitStatus(operator, channel, "in_mempool", before + 1);
      AppointmentData inMempool = appointmentOf(operator, channel);
      assertThat(inMempool.getTracker().getPenaltyTxid())
          .isEqualTo(ByteString.copyFrom(channel.penaltyTxid(FEE_RATE).internal()));
      assertThat(inMempool.getDetails().getRefusal()).isEmpty();
      awaitStatus(operator, refused, "refused", before + 1);
      assertThat(appointmentOf(operator, refused).getDetails().getRefusal()).isNotEmpty();

      bitcoind.mine(1);
      awaitStatus(operator, channel, "confirmed", before + 2);
      AppointmentDetails confirmed = appointmentOf(operator, channel).getDetails();
      assertThat(confirmed.getDisputeHeight()).isEqualTo(before + 1);
      assertThat(confirmed.getHistoryList())
          .extracting(TrackerEvent::getEvent)
          .containsExactly("seen", "sent", "confirmed");
      assertThat(confirmed.getHistory(0).getDetail()).isEqualTo("dispute in block " + (before + 1));
      assertThat(appointmentOf(operator, refused).getDetails().getHistoryList())
          .extracting(TrackerEvent::getEvent)
          .containsExactly("seen", "refused");
    }
  }

  private static AppointmentData appointmentOf(RpcClient operator, LightningChannel channel) {
    return operator
        .v2Operator()
        .getAppointments(
            GetAppointmentsRequest.newBuilder()
                .setLocator(RpcUser.bytes(Dialect.V2.locator(channel.commitmentTxid())))
                .build())
        .getAppointments(0);
  }

  private static void awaitStatus(
      RpcClient operator, LightningChannel channel, String status, int height) throws Exception {
    Eventually.holds(
        status + " at " + height,
        () -> {
          AppointmentDetails details = appointmentOf(operator, channel).getDetails();
          return details.getPenaltyStatus().equals(status) && details.getPenaltyHeight() == height;
        });
  }
}
