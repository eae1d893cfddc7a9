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
 * Reads certificates and keys as PEM: {@code CERTIFICATE}, and PKCS #8 as {@code PRIVATE KEY}.
 * Knows nothing of Bouncy Castle, which clients do not have.
 */
final class PemFiles {

  private PemFiles() {}

  /**
   * The first certificate in {@code file}.
   *
   * @throws IOException if it cannot be read or holds none
   */
  static X509Certificate certificate(Path file) throws IOException {
    try {
      X509Certificate[] all = CertificateUtils.getX509Certificates(stream(file));
      if (all.length > 0) {
        return all[0];
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " is no certificate (PEM): " + e.getMessage(), e);
    }
    throw new IOException(file + " holds no certificate (PEM)");
  }

  /**
   * The key in {@code file}.
   *
   * @throws IOException if it cannot be read or holds none
   */
  static PrivateKey key(Path file) throws IOException {
    try {
      return CertificateUtils.getPrivateKey(stream(file));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException(file + " is no private key (PKCS #8, PEM)", e);
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
