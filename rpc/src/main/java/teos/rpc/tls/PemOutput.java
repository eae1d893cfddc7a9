package teos.rpc.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import teos.common.DurableFile;
import teos.common.DurableFile.Access;

/** Writer of the files that {@link PemFiles} reads. */
final class PemOutput {

  /** Field size of P-256. */
  private static final int FIELD_BITS = 256;

  private PemOutput() {}

  static void write(Path file, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    write(file, "CERTIFICATE", certificate.getEncoded(), Access.EVERYONE);
  }

  /**
   * Writes the EC key of {@code identity} with its public key, which Java's own encoding omits and
   * rust-teos's TLS library requires.
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
    SubjectPublicKeyInfo publicKey =
        SubjectPublicKeyInfo.getInstance(identity.certificate().getPublicKey().getEncoded());
    ECPrivateKey key = ECPrivateKey.getInstance(info.parsePrivateKey());
    byte[] point = publicKey.getPublicKeyData().getBytes();
    return new PrivateKeyInfo(
            info.getPrivateKeyAlgorithm(),
            new ECPrivateKey(FIELD_BITS, key.getKey(), new DERBitString(point), null))
        .getEncoded("DER");
  }

  private static void write(Path file, String type, byte[] der, Access access) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, der));
    }
    DurableFile.write(file, text.toString().getBytes(StandardCharsets.US_ASCII), access);
  }
}
