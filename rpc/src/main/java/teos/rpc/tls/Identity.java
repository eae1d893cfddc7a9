package teos.rpc.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * Certificate with its key.
 *
 * @param certificate X.509
 * @param key its private key
 */
record Identity(X509Certificate certificate, PrivateKey key) {

  /** Returns whether the certificate is valid at {@code now} and for longer than {@code left}. */
  boolean isGoodFor(Duration left, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && now.plus(left).isBefore(certificate.getNotAfter().toInstant());
  }

  /** Omits the key. */
  @Override
  public String toString() {
    return "Identity[" + certificate.getSubjectX500Principal() + "]";
  }
}
