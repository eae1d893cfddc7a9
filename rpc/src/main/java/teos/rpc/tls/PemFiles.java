package teos.rpc.tls;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import teos.files.DurableFile;
import teos.files.DurableFile.Access;

/**
 * Certificates and keys as PEM: {@code CERTIFICATE}, and PKCS #8 as {@code PRIVATE KEY}. Without Bouncy
 * Castle, which a client has no need of.
 */
final class PemFiles {

  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

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

  static void write(Path file, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    write(file, "CERTIFICATE", certificate.getEncoded(), Access.EVERYONE);
  }

  static void write(Path file, PrivateKey key) throws IOException {
    byte[] der = key.getEncoded();
    try {
      write(file, "PRIVATE KEY", der, Access.OWNER);
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private static void write(Path file, String type, byte[] der, Access access)
      throws IOException {
    String text =
        "-----BEGIN " + type + "-----\n"
            + LINES.encodeToString(der)
            + "\n-----END " + type + "-----\n";
    DurableFile.write(file, text.getBytes(StandardCharsets.US_ASCII), access);
  }
}
