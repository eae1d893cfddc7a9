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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.rpc.tls.CertificateFolder.Trust;

/**
 * The tower's side of mutual TLS: only who holds a certificate by the folder's CA gets in. Once a
 * day certificates that near their end are renewed, and new connections get the new ones.
 */
public final class ServerTls implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
  private static final Duration CHECK_INTERVAL = Duration.ofDays(1);

  private final CertificateFolder folder;
  private final InstantSource clock;
  private final AdvancedTlsX509KeyManager keys;
  private final AdvancedTlsX509TrustManager trusted;
  private final Thread thread;

  private ServerTls(
      CertificateFolder folder,
      InstantSource clock,
      AdvancedTlsX509KeyManager keys,
      AdvancedTlsX509TrustManager trusted) {
    this.folder = folder;
    this.clock = clock;
    this.keys = keys;
    this.trusted = trusted;
    this.thread = Thread.ofVirtual().name("certificates").unstarted(this::renewDaily);
  }

  /**
   * Loads the certificates of {@code folder}, which are made or renewed where needed.
   *
   * @throws IOException if that cannot be done; the message says which file is in the way
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
      tls.thread.start();
      return tls;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot use the certificates: " + e.getMessage(), e);
    }
  }

  /** For the gRPC server. */
  public ServerCredentials credentials() {
    return TlsServerCredentials.newBuilder()
        .keyManager(keys)
        .trustManager(trusted)
        .clientAuth(ClientAuth.REQUIRE)
        .build();
  }

  /** Makes and renews what is due now. */
  void refresh() throws IOException, GeneralSecurityException {
    Trust trust = folder.refresh(clock.instant());
    keys.updateIdentityCredentials(
        new X509Certificate[] {trust.server().certificate()}, trust.server().key());
    trusted.updateTrustCredentials(new X509Certificate[] {trust.ca()});
  }

  private void renewDaily() {
    while (true) {
      try {
        Thread.sleep(CHECK_INTERVAL);
        refresh();
      } catch (InterruptedException e) {
        return;
      } catch (IOException | GeneralSecurityException e) {
        log.error("cannot renew the certificates; tried again tomorrow: {}", e.getMessage());
      }
    }
  }

  /** Stops renewing. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
