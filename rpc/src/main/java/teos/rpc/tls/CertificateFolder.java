package teos.rpc.tls;

import static teos.rpc.tls.CertificatePaths.CA;
import static teos.rpc.tls.CertificatePaths.CLIENT;
import static teos.rpc.tls.CertificatePaths.SERVER;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates for mutual TLS between the tower and its operator, in the tower's data folder:
 * {@code ca.pem}, {@code server.pem}, {@code client.pem}, each with its key, such as {@code
 * client-key.pem} (mode 0600, or 0640 for a group). Files that rust-teos has created are used
 * unchanged.
 */
public final class CertificateFolder {

  private static final Logger log = LoggerFactory.getLogger(CertificateFolder.class);

  /** Remaining validity at which the certificate of a side is renewed. */
  static final Duration RENEWED_BEFORE_END = Duration.ofDays(90);

  /** The CA must be valid for longer than the certificates that it issues. */
  private static final Duration RENEW_CA_BEFORE_EXPIRY = Issuer.VALIDITY.plus(RENEWED_BEFORE_END);

  private final CertificatePaths paths;
  private final Optional<String> group;
  private final SecureRandom random = new SecureRandom();

  /** Creates a folder of which only the tower's user may read the keys. */
  public CertificateFolder(CertificatePaths paths) {
    this(paths, Optional.empty());
  }

  /**
   * @param group group whose members may read the operator's key, and so use the operator's RPC;
   *     the process must belong to it, unless folder and key already have this group
   */
  public CertificateFolder(CertificatePaths paths, Optional<String> group) {
    this.paths = paths;
    this.group = group;
  }

  /**
   * The tower's certificate and the CA that it trusts.
   *
   * @param server the tower's certificate with its key
   * @param ca issuer of the certificates that are accepted
   */
  record Trust(Identity server, X509Certificate ca) {}

  /**
   * Creates missing certificates and renews those that expire soon. Towers of several networks
   * share a folder, so a file lock lets only one of them do this at a time.
   *
   * @throws IOException if a file cannot be read or written, or is invalid
   */
  Trust refresh(Instant now) throws IOException {
    synchronized (CertificateFolder.class) { // file locks apply to the whole JVM
      try (FileChannel channel =
              FileChannel.open(paths.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        log.atTrace().addKeyValue("lock", lock).log("certificate folder locked");
        return refresh(new Issuer(random, now), now);
      } catch (GeneralSecurityException e) {
        throw new IOException("cannot create certificates: " + e.getMessage(), e);
      }
    }
  }

  private Trust refresh(Issuer issuer, Instant now) throws IOException, GeneralSecurityException {
    Identity ca = ca(issuer, now);
    Identity server =
        endEntity(issuer, ca, SERVER, "teos grpc Server", KeyPurposeId.id_kp_serverAuth, now);
    endEntity(issuer, ca, CLIENT, "teos grpc Client", KeyPurposeId.id_kp_clientAuth, now);
    if (group.isPresent()) {
      GroupAccess.read(paths.folder(), group.get());
      GroupAccess.read(paths.clientKey(), group.get());
    }
    return new Trust(server, ca.certificate());
  }

  private Identity ca(Issuer issuer, Instant now) throws IOException, GeneralSecurityException {
    Identity stored = load(CA).orElse(null);
    if (stored != null && stored.isGoodFor(RENEW_CA_BEFORE_EXPIRY, now)) {
      return stored;
    }
    Identity ca = stored == null ? issuer.newCa() : issuer.renewed(stored);
    store(CA, ca);
    return ca;
  }

  private Identity endEntity(
      Issuer issuer, Identity ca, String name, String commonName, KeyPurposeId purpose, Instant now)
      throws IOException, GeneralSecurityException {
    Identity stored = load(name).orElse(null);
    if (stored != null
        && stored.isGoodFor(RENEWED_BEFORE_END, now)
        && isSignedBy(ca.certificate(), stored.certificate())) {
      return stored;
    }
    KeyPair key = issuer.newKey();
    Identity issued =
        new Identity(issuer.issue(ca, commonName, key.getPublic(), purpose), key.getPrivate());
    store(name, issued);
    return issued;
  }

  private static boolean isSignedBy(X509Certificate ca, X509Certificate certificate) {
    try {
      certificate.verify(ca.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /**
   * Returns the stored certificate; empty if a file is missing or the key is not of the
   * certificate.
   */
  private Optional<Identity> load(String name) throws IOException {
    if (!Files.exists(paths.certificate(name)) || !Files.exists(paths.key(name))) {
      return Optional.empty();
    }
    Identity identity =
        new Identity(PemFiles.certificate(paths.certificate(name)), PemFiles.key(paths.key(name)));
    if (!KeyPairs.belong(identity.certificate().getPublicKey(), identity.key())) {
      log.atWarn()
          .addKeyValue("key", paths.key(name))
          .addKeyValue("certificate", paths.certificate(name))
          .log("key does not belong to certificate; replacing both");
      return Optional.empty();
    }
    return Optional.of(identity);
  }

  /** Writes the key first: after a crash between the two, {@link #load} detects the mismatch. */
  private void store(String name, Identity identity) throws IOException, GeneralSecurityException {
    PemOutput.writeKey(paths.key(name), identity);
    PemOutput.write(paths.certificate(name), identity.certificate());
    log.atInfo()
        .addKeyValue("file", paths.certificate(name))
        .addKeyValue("expiry", identity.certificate().getNotAfter().toInstant())
        .log("certificate created");
  }
}
