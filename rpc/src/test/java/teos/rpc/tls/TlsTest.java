package teos.rpc.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.PrivateTowerServicesGrpc;
import teos.rpc.v2.PrivateTowerServicesGrpc.PrivateTowerServicesImplBase;

/** Real handshakes between a gRPC server and channels with the folder's certificates. */
class TlsTest {

  private final Instant now = Instant.now();
  private static final Duration LEFT = CertificateFolder.RENEWED_BEFORE_END;
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;
  @TempDir Path copies;

  private CertificateFolder certificates() {
    return new CertificateFolder(new CertificatePaths(folder));
  }

  /** Copies the current certificates, as an operator would do for another machine. */
  private CertificatePaths copy(String... names) throws IOException {
    for (String name : names) {
      Files.copy(folder.resolve(name), copies.resolve(name));
    }
    return new CertificatePaths(copies);
  }

  private static final class OneMethod extends PrivateTowerServicesImplBase {
    @Override
    public void getTowerInfo(Empty request, StreamObserver<GetTowerInfoResponse> to) {
      to.onNext(GetTowerInfoResponse.newBuilder().setVersion("here").build());
      to.onCompleted();
    }
  }

  private static Server server(ServerTls tls) throws IOException {
    return OkHttpServerBuilder.forPort(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls.credentials())
        .addService(new OneMethod())
        .build()
        .start();
  }

  private static ManagedChannel channel(Server server, CertificatePaths paths) throws IOException {
    ChannelCredentials credentials = ClientTls.credentials(paths);
    return OkHttpChannelBuilder.forAddress("127.0.0.1", server.getPort(), credentials)
        .overrideAuthority(ClientTls.SERVER_NAME)
        .build();
  }

  /** Makes a call and returns the server's certificate. */
  private static X509Certificate call(ManagedChannel channel) throws Exception {
    AtomicReference<ClientCall<Empty, GetTowerInfoResponse>> made = new AtomicReference<>();
    Channel recording =
        ClientInterceptors.intercept(
            channel,
            new ClientInterceptor() {
              @Override
              @SuppressWarnings("unchecked") // there is one method
              public <Q, A> ClientCall<Q, A> interceptCall(
                  MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                ClientCall<Q, A> call = next.newCall(method, options);
                made.set((ClientCall<Empty, GetTowerInfoResponse>) call);
                return call;
              }
            });
    GetTowerInfoResponse response =
        ClientCalls.blockingUnaryCall(
            recording,
            PrivateTowerServicesGrpc.getGetTowerInfoMethod(),
            CallOptions.DEFAULT.withDeadlineAfter(5, TimeUnit.MINUTES),
            Empty.getDefaultInstance());
    assertThat(response.getVersion()).isEqualTo("here");
    SSLSession session =
        Objects.requireNonNull(made.get().getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    return (X509Certificate) session.getPeerCertificates()[0];
  }

  private static X509Certificate callOnce(Server server, CertificatePaths paths) throws Exception {
    ManagedChannel channel = channel(server, paths);
    try {
      return call(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void newConnectionsUseRenewedCertificatesWhileTheServerRuns() throws Exception {
    // Created so that they need no renewal two days ago, but do today.
    certificates().refresh(now.minus(Issuer.VALIDITY).plus(LEFT).minus(DAY));
    CertificatePaths old = copy("ca.pem", "client.pem", "client-key.pem");
    AtomicReference<Instant> clock = new AtomicReference<>(now.minus(DAY.multipliedBy(2)));
    try (ServerTls tls = ServerTls.start(certificates(), clock::get)) {
      Server server = server(tls);
      ManagedChannel before = channel(server, old);
      try {
        X509Certificate first = call(before);
        clock.set(now);
        tls.refresh();
        assertThat(call(before)).isEqualTo(first); // the same connection continues
        X509Certificate second = callOnce(server, new CertificatePaths(folder));
        assertThat(second).isNotEqualTo(first);
        assertThat(second).isEqualTo(PemFiles.certificate(folder.resolve("server.pem")));
        assertThat(callOnce(server, old)).isEqualTo(second); // it is valid for another 89 days
      } finally {
        before.shutdownNow();
        server.shutdownNow();
      }
    }
  }

  @Test
  void oldCopiesWorkAfterRenewalOfTheCa() throws Exception {
    Duration untilRenewal = Issuer.CA_VALIDITY.minus(Issuer.VALIDITY).minus(LEFT);
    certificates().refresh(now.minus(untilRenewal).minus(DAY));
    certificates().refresh(now.minus(DAY.multipliedBy(2)));
    CertificatePaths old = copy("ca.pem", "client.pem", "client-key.pem");
    try (ServerTls tls = ServerTls.start(certificates(), InstantSource.fixed(now))) {
      assertThat(folder.resolve("ca.pem")).doesNotHave(sameContent(old.ca()));
      Server server = server(tls);
      try {
        callOnce(server, old);
        callOnce(server, new CertificatePaths(folder));
        // Also once the server has a certificate issued by the new one.
        Files.delete(folder.resolve("server.pem"));
        tls.refresh();
        assertThat(callOnce(server, old))
            .isEqualTo(PemFiles.certificate(folder.resolve("server.pem")));
      } finally {
        server.shutdownNow();
      }
    }
  }

  private static Condition<Path> sameContent(Path other) {
    return new Condition<>(
        path -> {
          try {
            return Files.mismatch(path, other) == -1;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        "the content of %s",
        other);
  }

  @Test
  void certificatesOfRustTeosWorkForBothSides() throws Exception {
    RustTeosSet.write(folder, "\n");
    try (ServerTls tls = ServerTls.start(certificates(), InstantSource.system())) {
      Server server = server(tls);
      try {
        assertThat(callOnce(server, new CertificatePaths(folder)))
            .isEqualTo(PemFiles.certificate(folder.resolve("server.pem")));
        // Deleted certificates are issued again by their CA.
        Files.delete(folder.resolve("client.pem"));
        Files.delete(folder.resolve("server.pem"));
        tls.refresh();
        callOnce(server, new CertificatePaths(folder));
      } finally {
        server.shutdownNow();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.pem", "client.pem", "client-key.pem"})
  void credentials_missingOrInvalidFile_errorNamesIt(String name) throws Exception {
    certificates().refresh(now);
    CertificatePaths paths = new CertificatePaths(folder);
    Files.writeString(folder.resolve(name), "garbage");
    assertThatThrownBy(() -> ClientTls.credentials(paths))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder.resolve(name).toString());
    Files.delete(folder.resolve(name));
    assertThatThrownBy(() -> ClientTls.credentials(paths))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(name + " does not exist");
  }
}
