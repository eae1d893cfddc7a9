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
 * The files by which the tower and its operator know each other, in the tower's data folder: {@code
 * ca.pem}, {@code server.pem}, {@code client.pem}, and beside each its key, such as {@code
 * client-key.pem} (mode 0600, or 0640 for a group). Those that rust-teos has made are taken as they
 * are.
 */
public final class CertificateFolder {

  private static final Logger log = LoggerFactory.getLogger(CertificateFolder.class);

  /** What is left of a side's certificate when it is renewed. */
  static final Duration RENEWED_BEFORE_END = Duration.ofDays(90);

  /** The CA has to outlast what it signs. */
  private static final Duration RENEW_CA_BEFORE_EXPIRY = Issuer.VALIDITY.plus(RENEWED_BEFORE_END);

  private final CertificatePaths paths;
  private final Optional<String> group;
  private final SecureRandom random = new SecureRandom();

  /** Of which only the tower's own user may use the keys. */
  public CertificateFolder(CertificatePaths paths) {
    this(paths, Optional.empty());
  }

  /**
   * @param group whose members may read the operator's key, and so ask the tower; it has to be one
   *     of the process's own, or already the one of the folder and the key
   */
  public CertificateFolder(CertificatePaths paths, Optional<String> group) {
    this.paths = paths;
    this.group = group;
  }

  /**
   * What the tower shows, and whom it trusts.
   *
   * @param server the tower's certificate with its key
   * @param ca whose certificates are taken
   */
  record Trust(Identity server, X509Certificate ca) {}

  /**
   * Makes what is missing and renews what is near its end. Towers of several networks share a
   * folder: only one of them at a time does this.
   *
   * @throws IOException if a file cannot be read, is not what it should be, or cannot be written
   */
  Trust refresh(Instant now) throws IOException {
    synchronized (CertificateFolder.class) { // a lock on a file is the whole JVM's
      try (FileChannel channel =
              FileChannel.open(paths.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        log.trace("{} is held", lock);
        return refresh(new Issuer(random, now), now);
      } catch (GeneralSecurityException e) {
        throw new IOException("cannot make certificates: " + e.getMessage(), e);
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

  /** Nothing if one of the two files is missing, or if they do not belong together. */
  private Optional<Identity> load(String name) throws IOException {
    if (!Files.exists(paths.certificate(name)) || !Files.exists(paths.key(name))) {
      return Optional.empty();
    }
    Identity identity =
        new Identity(PemFiles.certificate(paths.certificate(name)), PemFiles.key(paths.key(name)));
    if (!KeyPairs.belong(identity.certificate().getPublicKey(), identity.key())) {
      log.warn("{} does not belong to {}", paths.key(name), paths.certificate(name));
      return Optional.empty();
    }
    return Optional.of(identity);
  }

  /** The key first: a crash in between leaves two that do not belong together, which is seen. */
  private void store(String name, Identity identity) throws IOException, GeneralSecurityException {
    PemOutput.writeKey(paths.key(name), identity);
    PemOutput.write(paths.certificate(name), identity.certificate());
    log.info(
        "{} made, good until {}",
        paths.certificate(name),
        identity.certificate().getNotAfter().toInstant());
  }
}
