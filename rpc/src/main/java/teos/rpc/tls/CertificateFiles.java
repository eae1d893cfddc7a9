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

/**
 * A server's TLS by a certificate and a key that somebody else renews: the files are read again
 * every few seconds. New connections get what is in them then; those that there are go on. Files
 * that are wrong change nothing.
 */
public final class CertificateFiles implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CertificateFiles.class);
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

  /** Who renews certificates does so earlier: something is wrong by then. */
  private static final Duration EXPIRY_WARNING = Duration.ofDays(7);

  private final Path certificate;
  private final Path key;
  private final InstantSource clock;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final SSLContext context;
  private final Thread thread =
      Thread.ofVirtual().name("certificate-files").unstarted(this::pollForChanges);
  private PemIdentity current;

  /** What is wrong, and has been logged. */
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
   * @param certificate the certificate, and behind it those between it and who is trusted (PEM)
   * @param key the private key of the first (PEM)
   * @throws IOException if they cannot be used; the message says which file, and why
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

  /** Begins to follow what is done to the files. */
  public void start() {
    thread.start();
  }

  /** For the server; always by what the files held last. */
  public SSLContext context() {
    return context;
  }

  private void pollForChanges() {
    while (true) {
      try {
        Thread.sleep(POLL_INTERVAL);
        look();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // Whatever it is, the next files may be without it.
        log.error("cannot look at {}, trying again", certificate, e);
      }
    }
  }

  /** Takes what is in the files now, if it can be used. */
  void look() {
    try {
      PemIdentity found = PemIdentity.read(certificate, key);
      if (!found.equals(current)) {
        use(found);
        current = found;
      }
      checkExpiry();
    } catch (IOException | GeneralSecurityException e) {
      warnOnce("the certificate of the public API stays the one of before: " + e.getMessage());
    }
  }

  private void use(PemIdentity identity) throws GeneralSecurityException {
    keys.updateIdentityCredentials(
        identity.chain().toArray(X509Certificate[]::new), identity.key());
    log.info(
        "certificate of {} from {}, good until {}",
        identity.certificate().getSubjectX500Principal(),
        certificate,
        expiry(identity));
  }

  private void checkExpiry() {
    Instant end = expiry(current);
    if (clock.instant().plus(EXPIRY_WARNING).isBefore(end)) {
      lastWarning = null;
    } else {
      warnOnce("the certificate in " + certificate + " ends at " + end + ", and is not renewed");
    }
  }

  private static Instant expiry(PemIdentity identity) {
    return identity.certificate().getNotAfter().toInstant();
  }

  /** Once, for as long as nothing changes. */
  private void warnOnce(String what) {
    if (!what.equals(lastWarning)) {
      log.warn("{}", what);
    }
    lastWarning = what;
  }

  /** Follows the files no more. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
