package teos.rpc.tls;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;
import teos.rpc.tls.CertificateFolder.Trust;

/**
 * The tower's side of mutual TLS: accepts only clients with a certificate of the folder's CA.
 * Renews certificates that expire soon once a day; new connections use the new ones.
 */
public final class ServerTls implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
  private static final Duration CHECK_INTERVAL = Duration.ofDays(1);

  private final CertificateFolder folder;
  private final InstantSource clock;
  private final AdvancedTlsX509KeyManager keys;
  private final AdvancedTlsX509TrustManager trusted;
  private @Nullable PeriodicTask renewal;

  private ServerTls(
      CertificateFolder folder,
      InstantSource clock,
      AdvancedTlsX509KeyManager keys,
      AdvancedTlsX509TrustManager trusted) {
    this.folder = folder;
    this.clock = clock;
    this.keys = keys;
    this.trusted = trusted;
  }

  /**
   * Loads the certificates of {@code folder}, and creates or renews them if necessary.
   *
   * @throws IOException if this fails; the message names the file
   */
  public static ServerTls start(CertificateFolder folder, InstantSource clock) throws IOException {
    try {
      ServerTls tls =
          new ServerTls(
              folder,
              clock,
              new AdvancedTlsX509KeyManager(),
              AdvancedTlsX509TrustManager.newBuilder()
                  .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                  .build());
      tls.refresh();
      tls.renewal =
          PeriodicTask.start(
              "certificates",
              Schedule.every(CHECK_INTERVAL),
              tls::renew,
              e -> log.error("cannot renew the certificates; retrying tomorrow", e));
      return tls;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot use the certificates: " + e.getMessage(), e);
    }
  }

  /** Returns the credentials for the gRPC server. */
  public ServerCredentials credentials() {
    return TlsServerCredentials.newBuilder()
        .keyManager(keys)
        .trustManager(trusted)
        .clientAuth(ClientAuth.REQUIRE)
        .build();
  }

  /** Creates and renews certificates as necessary, and uses them for new connections. */
  void refresh() throws IOException, GeneralSecurityException {
    Trust trust = folder.refresh(clock.instant());
    keys.updateIdentityCredentials(
        new X509Certificate[] {trust.server().certificate()}, trust.server().key());
    trusted.updateTrustCredentials(new X509Certificate[] {trust.ca()});
  }

  private void renew() {
    try {
      refresh();
    } catch (IOException | GeneralSecurityException e) {
      log.atError()
          .addKeyValue("reason", e.getMessage())
          .log("cannot renew the certificates; retrying tomorrow");
    }
  }

  /** Stops renewing. */
  @Override
  public void close() {
    if (renewal != null) {
      renewal.close();
    }
  }
}
