package teos.rpc.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * A certificate with its key.
 *
 * @param certificate X.509
 * @param key the private key that belongs to it
 */
record Identity(X509Certificate certificate, PrivateKey key) {

  /** Whether it is good for {@code left} or longer from {@code now} on. */
  boolean isGoodFor(Duration left, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && now.plus(left).isBefore(certificate.getNotAfter().toInstant());
  }

  /** Never the key. */
  @Override
  public String toString() {
    return "Identity[" + certificate.getSubjectX500Principal() + "]";
  }
}
