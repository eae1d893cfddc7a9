package teos.rpc.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.common.PeriodicTask;
import teos.common.PeriodicTask.Schedule;

/**
 * TLS for a server whose certificate and key are renewed by another program: polls the files every
 * few seconds. New connections get the current certificate; existing ones continue. If the files
 * become invalid, the previous certificate stays in use.
 */
public final class CertificateFiles implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CertificateFiles.class);
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

  /** Remaining validity at which to warn; ACME clients renew earlier than this. */
  private static final Duration EXPIRY_WARNING = Duration.ofDays(7);

  private final Path certificate;
  private final Path key;
  private final InstantSource clock;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final SSLContext context;
  private PemIdentity current;
  private @Nullable PeriodicTask polling;

  /** Last warning, so that it is logged only once. */
  private @Nullable String lastWarning;

  private CertificateFiles(Path certificate, Path key, InstantSource clock)
      throws IOException, GeneralSecurityException {
    this.certificate = certificate;
    this.key = key;
    this.clock = clock;
    this.current = PemIdentity.read(certificate, key);
    this.context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {keys}, null, null);
    use(current);
  }

  /**
   * Reads the files.
   *
   * @param certificate the certificate, followed by any intermediate certificates (PEM)
   * @param key private key of the first certificate (PEM)
   * @throws IOException if they cannot be used; the message names the file and the reason
   */
  public static CertificateFiles read(Path certificate, Path key, InstantSource clock)
      throws IOException {
    try {
      CertificateFiles files = new CertificateFiles(certificate, key, clock);
      files.checkExpiry();
      return files;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot use " + certificate + ": " + e.getMessage(), e);
    }
  }

  /** Starts polling the files for changes. */
  public void start() {
    polling =
        PeriodicTask.start(
            "certificate-files",
            Schedule.every(POLL_INTERVAL),
            this::look,
            e ->
                log.atError()
                    .setCause(e)
                    .addKeyValue("certificate", certificate)
                    .log("cannot read the certificate; retrying"));
  }

  /** Returns the context for the server; it always uses the last valid certificate. */
  public SSLContext context() {
    return context;
  }

  /** Reads the files again, and uses them if they are valid. */
  void look() {
    try {
      PemIdentity found = PemIdentity.read(certificate, key);
      if (!found.equals(current)) {
        use(found);
        current = found;
      }
      checkExpiry();
    } catch (IOException | GeneralSecurityException e) {
      warnOnce(
          "certificate not reloaded; the previous one stays in use",
          "reason",
          String.valueOf(e.getMessage()));
    }
  }

  private void use(PemIdentity identity) throws GeneralSecurityException {
    keys.updateIdentityCredentials(
        identity.chain().toArray(X509Certificate[]::new), identity.key());
    log.atInfo()
        .addKeyValue("subject", identity.certificate().getSubjectX500Principal())
        .addKeyValue("file", certificate)
        .addKeyValue("expiry", expiry(identity))
        .log("certificate loaded");
  }

  private void checkExpiry() {
    Instant expiry = expiry(current);
    if (clock.instant().plus(EXPIRY_WARNING).isBefore(expiry)) {
      lastWarning = null;
    } else {
      warnOnce("certificate expires soon and has not been renewed", "expiry", expiry.toString());
    }
  }

  private static Instant expiry(PemIdentity identity) {
    return identity.certificate().getNotAfter().toInstant();
  }

  /** Logs a warning unless it is the same as the last one. */
  private void warnOnce(String event, String key, String value) {
    String warning = event + ": " + value;
    if (!warning.equals(lastWarning)) {
      log.atWarn().addKeyValue("file", certificate).addKeyValue(key, value).log(event);
    }
    lastWarning = warning;
  }

  /** Stops polling. */
  @Override
  public void close() {
    if (polling != null) {
      polling.close();
    }
  }
}
