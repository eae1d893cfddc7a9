package teos.teosd.rpc;

import static io.grpc.Status.Code.ALREADY_EXISTS;
import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.grpc.Status.Code.UNAUTHENTICATED;
import static io.grpc.Status.Code.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static teos.teosd.rpc.Refusals.assertFails;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.protocol.Appointment;
import teos.protocol.AppointmentReceipt;
import teos.protocol.Blob;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.rpc.common.v2.GetAppointmentResponse.AppointmentStatus;
import teos.rpc.common.v2.GetSubscriptionInfoResponse;
import teos.teosd.Eventually;
import teos.teosd.RunningTower;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** Users' gRPC calls in both dialects, with their responses and errors. */
@Tag("bitcoind")
class UserCallsTest {

  private static final int FEE_RATE = 10;
  private static final int SLOTS = 10_000;

  @TestBitcoind private static Bitcoind bitcoind;
  private static RunningTower tower;
  private static RpcClient internal;

  @TempDir private static Path sharedDir;

  @TempDir Path dataDir;

  @BeforeAll
  static void start() throws Exception {
    tower = RunningTower.start(bitcoind, sharedDir, Map.of());
    internal = RpcClient.internal(tower);
  }

  @AfterAll
  static void stop() throws Exception {
    internal.close();
    tower.close();
  }

  private static RpcUser v1User(RpcClient rpc) {
    RpcUser user = RpcUser.create();
    rpc.v1().register(user.v1Register());
    return user;
  }

  private static RpcUser v2User(RpcClient rpc) {
    RpcUser user = RpcUser.create();
    rpc.v2().register(user.v2Register());
    return user;
  }

  private static PublicKey signer(RegistrationReceipt receipt, Dialect dialect, String signature)
      throws Exception {
    return MessageSignature.recover(receipt.signedBytes(dialect), signature);
  }

  private static PublicKey signer(AppointmentReceipt receipt, Dialect dialect, String signature)
      throws Exception {
    return MessageSignature.recover(receipt.signedBytes(dialect), signature);
  }

  // Responses

  @Test
  void v1User_registersAndSendsAndReadsBack() throws Exception {
    RpcUser user = RpcUser.create();
    teos.rpc.v1.RegisterResponse registered = internal.v1().register(user.v1Register());
    assertThat(registered.getUserId()).isEqualTo(user.id().toHex());
    assertThat(registered.getAvailableSlots()).isEqualTo(SLOTS);
    RegistrationReceipt receipt =
        new RegistrationReceipt(
            user.id(), SLOTS, 0, registered.getSubscriptionExpiry()); // a v1 receipt has no start
    assertThat(signer(receipt, Dialect.V1, registered.getSubscriptionSignature()))
        .isEqualTo(tower.id());

    Appointment appointment = RpcUser.appointment(2049);
    teos.rpc.v1.AddAppointmentRequest request = user.v1Add(appointment);
    teos.rpc.v1.AddAppointmentResponse added = internal.v1().addAppointment(request);
    assertThat(added.getLocator()).isEqualTo(appointment.locator().toHex());
    assertThat(added.getAvailableSlots()).isEqualTo(SLOTS - 2);
    assertThat(added.getSubscriptionExpiry()).isEqualTo(registered.getSubscriptionExpiry());
    AppointmentReceipt appointmentReceipt =
        new AppointmentReceipt(request.getSignature(), added.getStartBlock());
    assertThat(signer(appointmentReceipt, Dialect.V1, added.getSignature())).isEqualTo(tower.id());

    teos.rpc.v1.GetAppointmentResponse read =
        internal.v1().getAppointment(user.v1Get(appointment.locator()));
    assertThat(read.getStatus()).isEqualTo("being_watched");
    assertThat(read.getAppointmentData().getAppointment()).isEqualTo(RpcUser.v1(appointment));

    Struct subscription = internal.v1().getSubscriptionInfo(user.v1Subscription()).getUser();
    assertThat(subscription.getFieldsOrThrow("available_slots").getNumberValue())
        .isEqualTo(SLOTS - 2);
    assertThat(subscription.getFieldsOrThrow("subscription_expiry").getNumberValue())
        .isEqualTo(registered.getSubscriptionExpiry());
    assertThat(
            subscription.getFieldsOrThrow("appointments").getListValue().getValuesList().stream()
                .map(Value::getStringValue))
        .containsExactly(appointment.locator().toHex());
  }

  @Test
  void v2User_registersAndSendsAndReadsBack() throws Exception {
    RpcUser user = RpcUser.create();
    teos.rpc.common.v2.RegisterResponse registered = internal.v2().register(user.v2Register());
    assertThat(registered.getUserId()).isEqualTo(RpcUser.bytes(user.id()));
    RegistrationReceipt receipt =
        new RegistrationReceipt(
            user.id(),
            SLOTS,
            registered.getSubscriptionStart(),
            registered.getSubscriptionExpiry());
    assertThat(signer(receipt, Dialect.V2, registered.getSubscriptionSignature()))
        .isEqualTo(tower.id());

    // v2 accepts any to_self_delay.
    Appointment appointment =
        new Appointment(RpcUser.appointment(1).locator(), new byte[] {1, 2, 3}, 0xffff_ffffL);
    teos.rpc.common.v2.AddAppointmentRequest request = user.v2Add(appointment);
    teos.rpc.common.v2.AddAppointmentResponse added = internal.v2().addAppointment(request);
    assertThat(added.getLocator()).isEqualTo(RpcUser.bytes(appointment.locator()));
    assertThat(added.getAvailableSlots()).isEqualTo(SLOTS - 1);
    assertThat(added.getSubscriptionExpiry()).isEqualTo(registered.getSubscriptionExpiry());
    AppointmentReceipt appointmentReceipt =
        new AppointmentReceipt(request.getSignature(), added.getStartBlock());
    assertThat(signer(appointmentReceipt, Dialect.V2, added.getSignature())).isEqualTo(tower.id());

    teos.rpc.common.v2.GetAppointmentResponse read =
        internal.v2().getAppointment(user.v2Get(appointment.locator()));
    assertThat(read.getStatus()).isEqualTo(AppointmentStatus.BEING_WATCHED);
    assertThat(read.getAppointmentData().getAppointment()).isEqualTo(RpcUser.v2(appointment));
    assertThat(read.getAppointmentData().hasDetails()).isFalse(); // only for the operator

    GetSubscriptionInfoResponse subscription =
        internal.v2().getSubscriptionInfo(user.v2Subscription());
    assertThat(subscription.getAvailableSlots()).isEqualTo(SLOTS - 1);
    assertThat(subscription.getSubscriptionExpiry()).isEqualTo(registered.getSubscriptionExpiry());
    assertThat(subscription.getLocatorsList())
        .containsExactly(RpcUser.bytes(appointment.locator()));
  }

  @Test
  void receipt_isInTheDialectOfTheCalledService() throws Exception {
    RpcUser user = v1User(internal);
    teos.rpc.common.v2.AddAppointmentRequest v2 = user.v2Add(RpcUser.appointment(100));
    teos.rpc.common.v2.AddAppointmentResponse byV2 = internal.v2().addAppointment(v2);
    AppointmentReceipt receipt = new AppointmentReceipt(v2.getSignature(), byV2.getStartBlock());
    assertThat(signer(receipt, Dialect.V2, byV2.getSignature())).isEqualTo(tower.id());

    internal.v2().register(user.v2Register());
    teos.rpc.v1.AddAppointmentRequest v1 = user.v1Add(RpcUser.appointment(100));
    teos.rpc.v1.AddAppointmentResponse byV1 = internal.v1().addAppointment(v1);
    receipt = new AppointmentReceipt(v1.getSignature(), byV1.getStartBlock());
    assertThat(signer(receipt, Dialect.V1, byV1.getSignature())).isEqualTo(tower.id());
  }

  @Test
  void appointmentWithDispute_isReportedAndNotAcceptedAgain() throws Exception {
    LightningChannel channel = LightningChannel.open(bitcoind);
    bitcoind.mineBlockWith(List.of(HexFormat.of().formatHex(channel.commitment())));
    int height = bitcoind.height();
    Eventually.holds(
        "the tower at height " + height,
        () -> tower.daemon().components().lastKnownBlock().height() == height);
    byte[] penalty = channel.penalty(FEE_RATE);

    RpcUser v1 = v1User(internal);
    Appointment first = appointment(channel, Dialect.V1);
    internal.v1().addAppointment(v1.v1Add(first));
    teos.rpc.v1.GetAppointmentResponse found =
        internal.v1().getAppointment(v1.v1Get(first.locator()));
    assertThat(found.getStatus()).isEqualTo("dispute_responded");
    assertThat(found.getAppointmentData().getTracker())
        .isEqualTo(
            teos.rpc.v1.Tracker.newBuilder()
                .setLocator(first.locator().toHex())
                .setDisputeTxid(channel.commitmentTxid().toString())
                .setPenaltyTxid(channel.penaltyTxid(FEE_RATE).toString())
                .setPenaltyRawtx(HexFormat.of().formatHex(penalty))
                .build());
    assertFails(
        ALREADY_EXISTS, "answered already", () -> internal.v1().addAppointment(v1.v1Add(first)));

    RpcUser v2 = v2User(internal);
    Appointment second = appointment(channel, Dialect.V2);
    internal.v2().addAppointment(v2.v2Add(second));
    teos.rpc.common.v2.GetAppointmentResponse foundV2 =
        internal.v2().getAppointment(v2.v2Get(second.locator()));
    assertThat(foundV2.getStatus()).isEqualTo(AppointmentStatus.DISPUTE_RESPONDED);
    assertThat(foundV2.getAppointmentData().getTracker())
        .isEqualTo(
            teos.rpc.common.v2.Tracker.newBuilder()
                .setDisputeTxid(ByteString.copyFrom(channel.commitmentTxid().internal()))
                .setPenaltyTxid(ByteString.copyFrom(channel.penaltyTxid(FEE_RATE).internal()))
                .setPenaltyRawtx(ByteString.copyFrom(penalty))
                .build());
    assertFails(
        ALREADY_EXISTS, "answered already", () -> internal.v2().addAppointment(v2.v2Add(second)));
  }

  private static Appointment appointment(LightningChannel channel, Dialect dialect) {
    return new Appointment(
        dialect.locator(channel.commitmentTxid()),
        Blob.encrypt(channel.penalty(FEE_RATE), channel.commitmentTxid(), dialect),
        144);
  }

  // Errors

  @Test
  void unknownUser_isRefused() {
    RpcUser stranger = RpcUser.create();
    Appointment appointment = RpcUser.appointment(100);
    Locator locator = appointment.locator();
    assertFails(
        UNAUTHENTICATED,
        "Invalid signature",
        () -> internal.v1().addAppointment(stranger.v1Add(appointment)));
    assertFails(
        UNAUTHENTICATED,
        "Invalid signature",
        () -> internal.v2().addAppointment(stranger.v2Add(appointment)));
    // As in python-teos: the response must not reveal whether the appointment exists.
    assertFails(
        NOT_FOUND, "not found", () -> internal.v1().getAppointment(stranger.v1Get(locator)));
    assertFails(
        UNAUTHENTICATED,
        "cannot be authenticated",
        () -> internal.v2().getAppointment(stranger.v2Get(locator)));
    assertFails(
        UNAUTHENTICATED,
        "registered",
        () -> internal.v1().getSubscriptionInfo(stranger.v1Subscription()));
    assertFails(
        UNAUTHENTICATED,
        "registered",
        () -> internal.v2().getSubscriptionInfo(stranger.v2Subscription()));
  }

  @Test
  void invalidSignature_isRefused() {
    RpcUser user = v2User(internal);
    Appointment appointment = RpcUser.appointment(100);
    for (String signature : List.of("", "ybndr", "no zbase32 \u00e9", "y".repeat(104))) {
      assertFails(
          UNAUTHENTICATED,
          "Invalid signature",
          () ->
              internal
                  .v1()
                  .addAppointment(
                      user.v1Add(appointment).toBuilder().setSignature(signature).build()));
      assertFails(
          UNAUTHENTICATED,
          "Invalid signature",
          () ->
              internal
                  .v2()
                  .addAppointment(
                      user.v2Add(appointment).toBuilder().setSignature(signature).build()));
    }
  }

  @Test
  void appointmentOfAnotherUser_isNotFound() {
    RpcUser owner = v2User(internal);
    RpcUser other = v2User(internal);
    Appointment appointment = RpcUser.appointment(100);
    internal.v2().addAppointment(owner.v2Add(appointment));
    Locator locator = appointment.locator();
    assertFails(NOT_FOUND, "not found", () -> internal.v1().getAppointment(other.v1Get(locator)));
    assertFails(NOT_FOUND, "not found", () -> internal.v2().getAppointment(other.v2Get(locator)));
  }

  @Test
  void invalidField_isNamed() {
    RpcUser user = v1User(internal);
    String offCurve = "02" + "ff".repeat(32);
    for (String id : List.of("", "02", "zz".repeat(33), offCurve, user.id().toHex() + "0")) {
      assertFails(
          INVALID_ARGUMENT,
          "user_id",
          () ->
              internal
                  .v1()
                  .register(teos.rpc.v1.RegisterRequest.newBuilder().setUserId(id).build()));
    }
    for (byte[] id : List.of(new byte[0], new byte[33], HexFormat.of().parseHex(offCurve))) {
      assertFails(
          INVALID_ARGUMENT,
          "user_id",
          () ->
              internal
                  .v2()
                  .register(
                      teos.rpc.common.v2.RegisterRequest.newBuilder()
                          .setUserId(ByteString.copyFrom(id))
                          .build()));
    }
    teos.rpc.v1.Appointment good = RpcUser.v1(RpcUser.appointment(100));
    for (String locator : List.of("", "00", "zz".repeat(16), good.getLocator() + "00")) {
      assertFails(
          INVALID_ARGUMENT, "locator", () -> add(good.toBuilder().setLocator(locator).build()));
      assertFails(
          INVALID_ARGUMENT,
          "locator",
          () ->
              internal
                  .v1()
                  .getAppointment(
                      teos.rpc.v1.GetAppointmentRequest.newBuilder().setLocator(locator).build()));
    }
    for (String blob : List.of("", "0", "abc", "zz")) {
      assertFails(
          INVALID_ARGUMENT,
          "encrypted_blob",
          () -> add(good.toBuilder().setEncryptedBlob(blob).build()));
    }
    for (int delay : List.of(0, 19)) {
      assertFails(
          INVALID_ARGUMENT,
          "to_self_delay too small",
          () -> add(good.toBuilder().setToSelfDelay(delay).build()));
    }
    for (int length : List.of(0, 15, 17)) {
      ByteString locator = ByteString.copyFrom(new byte[length]);
      assertFails(
          INVALID_ARGUMENT,
          "locator",
          () ->
              internal
                  .v2()
                  .getAppointment(
                      teos.rpc.common.v2.GetAppointmentRequest.newBuilder()
                          .setLocator(locator)
                          .build()));
      assertFails(
          INVALID_ARGUMENT,
          "locator",
          () ->
              internal
                  .v2()
                  .addAppointment(
                      teos.rpc.common.v2.AddAppointmentRequest.newBuilder()
                          .setAppointment(
                              teos.rpc.common.v2.Appointment.newBuilder().setLocator(locator))
                          .build()));
    }
  }

  private static teos.rpc.v1.AddAppointmentResponse add(teos.rpc.v1.Appointment appointment) {
    return internal
        .v1()
        .addAppointment(
            teos.rpc.v1.AddAppointmentRequest.newBuilder().setAppointment(appointment).build());
  }

  @Test
  void appointmentLargerThanTheSlots_isRefused() throws Exception {
    Map<String, String> settings = Map.of("subscription_slots", "1");
    try (RunningTower small = RunningTower.start(bitcoind, dataDir, settings);
        RpcClient rpc = RpcClient.internal(small)) {
      RpcUser user = v2User(rpc);
      Appointment two = RpcUser.appointment(2049);
      assertFails(
          UNAUTHENTICATED,
          "it takes 2 slots, and 1 are left",
          () -> rpc.v1().addAppointment(user.v1Add(two)));
      assertFails(
          UNAUTHENTICATED,
          "it takes 2 slots, and 1 are left",
          () -> rpc.v2().addAppointment(user.v2Add(two)));
      rpc.v2().addAppointment(user.v2Add(RpcUser.appointment(2048)));
    }
  }

  @Test
  void fullTower_registersNoNewUsers() throws Exception {
    Map<String, String> settings = Map.of("max_appointments", "1");
    try (RunningTower full = RunningTower.start(bitcoind, dataDir, settings);
        RpcClient rpc = RpcClient.internal(full)) {
      RpcUser user = v2User(rpc);
      rpc.v2().addAppointment(user.v2Add(RpcUser.appointment(100)));
      RpcUser another = RpcUser.create();
      assertFails(
          UNAVAILABLE, "has granted all its slots", () -> rpc.v1().register(another.v1Register()));
      assertFails(
          UNAVAILABLE, "has granted all its slots", () -> rpc.v2().register(another.v2Register()));
    }
  }

  @Test
  void expiredSubscription_isRefused() throws Exception {
    Map<String, String> settings = Map.of("subscription_duration", "1");
    try (RunningTower brief = RunningTower.start(bitcoind, dataDir, settings);
        RpcClient rpc = RpcClient.internal(brief)) {
      RpcUser user = v2User(rpc);
      Appointment appointment = RpcUser.appointment(100);
      rpc.v2().addAppointment(user.v2Add(appointment));
      Locator locator = appointment.locator();
      bitcoind.mine(1);
      int height = bitcoind.height();
      Eventually.holds(
          "the tower at height " + height,
          () -> brief.daemon().components().lastKnownBlock().height() == height);
      String error = "expired at block " + height;
      assertFails(UNAUTHENTICATED, error, () -> rpc.v1().addAppointment(user.v1Add(appointment)));
      assertFails(UNAUTHENTICATED, error, () -> rpc.v2().addAppointment(user.v2Add(appointment)));
      assertFails(UNAUTHENTICATED, error, () -> rpc.v1().getAppointment(user.v1Get(locator)));
      assertFails(UNAUTHENTICATED, error, () -> rpc.v2().getAppointment(user.v2Get(locator)));
      assertFails(
          UNAUTHENTICATED, error, () -> rpc.v1().getSubscriptionInfo(user.v1Subscription()));
      assertFails(
          UNAUTHENTICATED, error, () -> rpc.v2().getSubscriptionInfo(user.v2Subscription()));
    }
  }

  @Test
  void registrationWhileBitcoindIsUnavailable_isRefused() throws Exception {
    try (Bitcoind other = Bitcoind.start()) {
      other.mine(120);
      Map<String, String> settings = Map.of("polling_delta", "1");
      try (RunningTower alone = RunningTower.start(other, dataDir, settings);
          RpcClient rpc = RpcClient.internal(alone);
          RpcClient operators = RpcClient.operators(alone)) {
        RpcUser user = v2User(rpc);
        other.stop();
        Eventually.holds(
            "bitcoind reported as unreachable",
            () ->
                !operators
                    .v2Operator()
                    .getTowerInfo(com.google.protobuf.Empty.getDefaultInstance())
                    .getBitcoindReachable());
        assertFails(
            UNAVAILABLE, "bitcoind is unavailable", () -> rpc.v1().register(user.v1Register()));
        assertFails(
            UNAVAILABLE, "bitcoind is unavailable", () -> rpc.v2().register(user.v2Register()));
        // Appointments are still accepted.
        rpc.v2().addAppointment(user.v2Add(RpcUser.appointment(100)));
      }
    }
  }
}
