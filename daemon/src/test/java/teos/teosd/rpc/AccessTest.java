package teos.teosd.rpc;

import static io.grpc.Status.Code.PERMISSION_DENIED;
import static io.grpc.Status.Code.UNAVAILABLE;
import static io.grpc.Status.Code.UNIMPLEMENTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static teos.teosd.rpc.Refusals.assertFails;

import com.google.protobuf.Empty;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ClientTls;
import teos.rpc.tls.ServerTls;
import teos.teosd.RunningTower;
import teos.teosd.TeosDaemon;
import teos.testkit.Bitcoind;
import teos.testkit.TestTimeouts;
import teos.testkit.junit.TestBitcoind;

/** Access to the gRPC servers: certificates, addresses and services. */
@Tag("bitcoind")
class AccessTest {

  @TestBitcoind(blocks = 10)
  private static Bitcoind bitcoind;

  @TempDir Path dataDir;
  @TempDir Path otherDir;

  private RunningTower tower(Map<String, String> settings) throws Exception {
    return RunningTower.start(bitcoind, dataDir, settings);
  }

  private static void createCertificates(Path folder, InstantSource clock) throws IOException {
    Files.createDirectories(folder);
    ServerTls.start(new CertificateFolder(new CertificatePaths(folder)), clock).close();
  }

  private static ChannelCredentials credentials(Path ca, Path certificate, Path key)
      throws IOException {
    return TlsChannelCredentials.newBuilder()
        .trustManager(ca.toFile())
        .keyManager(certificate.toFile(), key.toFile())
        .build();
  }

  private static void assertCannotConnect(RunningTower tower, ChannelCredentials credentials) {
    try (RpcClient rpc = RpcClient.operators(tower, credentials)) {
      Empty request = Empty.getDefaultInstance();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> rpc.v2Operator().getTowerInfo(request),
              () -> rpc.v2Operator().stop(request),
              () -> rpc.v1().getTowerInfo(request),
              () -> rpc.v1().stop(request))) {
        assertFails(UNAVAILABLE, call);
      }
    }
  }

  @Test
  void operatorRpc_requiresTheOperatorsCertificate() throws Exception {
    createCertificates(otherDir, InstantSource.system());
    try (RunningTower tower = tower(Map.of())) {
      CertificatePaths own = new CertificatePaths(tower.config().files().certificates());
      CertificatePaths other = new CertificatePaths(otherDir);
      assertCannotConnect(tower, InsecureChannelCredentials.create());
      assertCannotConnect(
          tower, TlsChannelCredentials.newBuilder().trustManager(own.ca().toFile()).build());
      assertCannotConnect(tower, credentials(own.ca(), other.client(), other.clientKey()));
      assertCannotConnect(tower, ClientTls.credentials(other));
      // A server's certificate is not an operator's, although the same CA has signed it.
      assertCannotConnect(
          tower,
          credentials(
              own.ca(),
              own.folder().resolve("server.pem"),
              own.folder().resolve("server-key.pem")));
      try (RpcClient rpc = RpcClient.operators(tower)) {
        assertThat(rpc.v2Operator().getTowerInfo(Empty.getDefaultInstance()).getTowerId())
            .isEqualTo(RpcUser.bytes(tower.id()));
      }
    }
  }

  @Test
  void expiredCertificate_isRefusedAndRenewed() throws Exception {
    Map<String, String> settings = Map.of("btc_rpc_cookie", bitcoind.cookieFile().toString());
    Path folder = TeosDaemon.getConfig(settings, dataDir).files().certificates();
    createCertificates(folder, () -> Instant.now().minus(Duration.ofDays(3 * 365)));
    Path oldClient = Files.copy(folder.resolve("client.pem"), otherDir.resolve("old.pem"));
    Path oldKey = Files.copy(folder.resolve("client-key.pem"), otherDir.resolve("old-key.pem"));
    Path oldCa = Files.copy(folder.resolve("ca.pem"), otherDir.resolve("old-ca.pem"));
    try (RunningTower tower = tower(Map.of())) {
      // Only its date is wrong: the CA is the same.
      assertThat(tower.config().files().certificates()).isEqualTo(folder);
      assertThat(folder.resolve("ca.pem")).hasSameBinaryContentAs(oldCa);
      assertCannotConnect(tower, credentials(oldCa, oldClient, oldKey));
      try (RpcClient rpc = RpcClient.operators(tower)) {
        rpc.v2Operator().getTowerInfo(Empty.getDefaultInstance());
      }
    }
  }

  @Test
  void idleConnections_keepNobodyOut() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (RunningTower tower = tower(Map.of());
        RpcClient internal = RpcClient.internal(tower);
        RpcClient operators = RpcClient.operators(tower)) {
      for (int port :
          List.of(tower.config().internalApi().endpoint().port(), tower.config().rpc().port())) {
        idle.clear();
        for (int i = 0; i < 300; i++) {
          idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        assertThat(isClosed(idle.getFirst())).isTrue();
      }
      internal.v2().register(RpcUser.create().v2Register());
      operators.v2Operator().getTowerInfo(Empty.getDefaultInstance());
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  private static boolean isClosed(Socket socket) throws IOException {
    socket.setSoTimeout(TestTimeouts.EVENT_MILLIS);
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true; // reset
    }
  }

  @Test
  void eachServer_hasOnlyItsOwnServices() throws Exception {
    try (RunningTower tower = tower(Map.of());
        RpcClient internal = RpcClient.internal(tower);
        RpcClient operators = RpcClient.operators(tower)) {
      assertFails(
          UNIMPLEMENTED,
          "teos.v2.PrivateTowerServices",
          () -> internal.v2Operator().getTowerInfo(Empty.getDefaultInstance()));
      assertFails(
          UNIMPLEMENTED,
          "teos.v2.PublicTowerServices",
          () -> operators.v2().register(RpcUser.create().v2Register()));
    }
  }

  @Test
  void internalApiAtAPublicAddress_allowsUsersOnly() throws Exception {
    try (RunningTower tower = tower(Map.of("internal_api_host", "0.0.0.0"));
        RpcClient internal = RpcClient.internal(tower);
        RpcClient operators = RpcClient.operators(tower)) {
      RpcUser user = RpcUser.create();
      internal.v1().register(user.v1Register());
      internal.v2().addAppointment(user.v2Add(RpcUser.appointment(100)));
      Empty request = Empty.getDefaultInstance();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> internal.v1().getTowerInfo(request),
              () ->
                  internal
                      .v1()
                      .getAllAppointments(
                          teos.rpc.v1.GetAllAppointmentsRequest.getDefaultInstance()),
              () -> internal.v1().getUsers(teos.rpc.v1.GetUsersRequest.getDefaultInstance()),
              () ->
                  internal
                      .v1()
                      .getUser(
                          teos.rpc.v1.GetUserRequest.newBuilder()
                              .setUserId(user.id().toHex())
                              .build()),
              () -> internal.v1().stop(request))) {
        assertFails(PERMISSION_DENIED, "internal_api_host", call);
      }
      // With a certificate the same calls are allowed.
      assertThat(operators.v1().getTowerInfo(request).getNRegisteredUsers()).isEqualTo(1);
    }
  }

  enum StopCall {
    V1_INTERNAL(clients -> clients.internal().v1().stop(Empty.getDefaultInstance())),
    V1_OPERATORS(clients -> clients.operators().v1().stop(Empty.getDefaultInstance())),
    V2_OPERATORS(clients -> clients.operators().v2Operator().stop(Empty.getDefaultInstance()));

    private final Function<RpcClients, Empty> call;

    StopCall(Function<RpcClients, Empty> call) {
      this.call = call;
    }
  }

  record RpcClients(RpcClient internal, RpcClient operators) {}

  @ParameterizedTest
  @EnumSource(StopCall.class)
  void stop_getsAResponseAndTheTowerExits(StopCall stop) throws Exception {
    try (RunningTower tower = tower(Map.of());
        RpcClient internal = RpcClient.internal(tower);
        RpcClient operators = RpcClient.operators(tower)) {
      assertThat(stop.call.apply(new RpcClients(internal, operators)))
          .isEqualTo(Empty.getDefaultInstance());
      assertThat(tower.awaitExit()).isZero();
      assertThatThrownBy(() -> internal.v1().getTowerInfo(Empty.getDefaultInstance()))
          .hasMessageContaining("UNAVAILABLE");
    }
  }
}
