package teos.rpc.tls;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import teos.files.DurableFile;
import teos.files.DurableFile.Access;

/** Certificates and keys as PEM: {@code CERTIFICATE}, and PKCS #8 as {@code PRIVATE KEY}. */
final class PemFiles {

  /** Of P-256. */
  private static final int FIELD_BITS = 256;

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

  /**
   * The EC key of {@code identity}, with its public half: Java would leave that out, and rust-teos's
   * TLS library takes no key without.
   */
  static void writeKey(Path file, Identity identity) throws IOException {
    byte[] der = der(identity);
    try {
      write(file, "PRIVATE KEY", der, Access.OWNER);
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private static byte[] der(Identity identity) throws IOException {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(identity.key().getEncoded());
    SubjectPublicKeyInfo half =
        SubjectPublicKeyInfo.getInstance(identity.certificate().getPublicKey().getEncoded());
    ECPrivateKey key = ECPrivateKey.getInstance(info.parsePrivateKey());
    byte[] point = half.getPublicKeyData().getBytes();
    return new PrivateKeyInfo(
            info.getPrivateKeyAlgorithm(),
            new ECPrivateKey(FIELD_BITS, key.getKey(), new DERBitString(point), null))
        .getEncoded("DER");
  }

  private static void write(Path file, String type, byte[] der, Access access)
      throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, der));
    }
    DurableFile.write(file, text.toString().getBytes(StandardCharsets.US_ASCII), access);
  }
}
