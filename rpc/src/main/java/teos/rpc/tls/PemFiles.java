package teos.rpc.tls;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * Reader of certificates and keys as PEM: {@code CERTIFICATE}, and PKCS #8 as {@code PRIVATE KEY}.
 * Does not use Bouncy Castle, which clients do not ship.
 */
final class PemFiles {

  private PemFiles() {}

  /**
   * Returns the first certificate in {@code file}.
   *
   * @throws IOException if it cannot be read or contains no certificate
   */
  static X509Certificate certificate(Path file) throws IOException {
    try {
      X509Certificate[] all = CertificateUtils.getX509Certificates(stream(file));
      if (all.length > 0) {
        return all[0];
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " is not a certificate (PEM): " + e.getMessage(), e);
    }
    throw new IOException(file + " contains no certificate (PEM)");
  }

  /**
   * Returns the key in {@code file}.
   *
   * @throws IOException if it cannot be read or contains no key
   */
  static PrivateKey key(Path file) throws IOException {
    try {
      return CertificateUtils.getPrivateKey(stream(file));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException(file + " is not a private key (PKCS #8, PEM)", e);
    }
  }

  private static ByteArrayInputStream stream(Path file) throws IOException {
    try {
      return new ByteArrayInputStream(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e, e);
    }
  }
}
