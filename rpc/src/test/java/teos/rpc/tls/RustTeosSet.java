package teos.rpc.tls;

import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * Certificates like those that rust-teos creates with rcgen: names on the CA too, no key usage, a
 * SHA-256 as the key's identifier, and expiry in 4096.
 */
final class RustTeosSet {

  private static final X500Name CA = new X500Name("CN=teos Root CA");

  private final Path folder;
  private final String lineEnd;
  private final SecureRandom random = new SecureRandom();

  private RustTeosSet(Path folder, String lineEnd) {
    this.folder = folder;
    this.lineEnd = lineEnd;
  }

  /** Writes the six files into {@code folder}. */
  static void write(Path folder, String lineEnd) throws Exception {
    RustTeosSet set = new RustTeosSet(folder, lineEnd);
    KeyPair ca = new Issuer(set.random, Instant.now()).newKey();
    set.write("ca", CA, ca, ca, true);
    for (String side : new String[] {"server", "client"}) {
      KeyPair key = new Issuer(set.random, Instant.now()).newKey();
      set.write(side, new X500Name("CN=teos grpc " + side), key, ca, false);
    }
  }

  private void write(String file, X500Name name, KeyPair key, KeyPair signer, boolean isCa)
      throws Exception {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            CA,
            new BigInteger(63, random),
            Date.from(Instant.parse("1975-01-01T00:00:00Z")),
            Date.from(Instant.parse("4096-01-01T00:00:00Z")),
            name,
            key.getPublic());
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, "teos"),
              new GeneralName(GeneralName.dNSName, "localhost")
            }));
    if (isCa) {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getPublic().getEncoded());
      builder.addExtension(
          Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(Arrays.copyOf(hash, 20)));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    }
    byte[] certificate =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()))
            .getEncoded();
    write(file + ".pem", "CERTIFICATE", certificate);
    write(file + "-key.pem", "PRIVATE KEY", key.getPrivate().getEncoded());
  }

  private void write(String file, String type, byte[] der) throws Exception {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, der));
    }
    Files.writeString(
        folder.resolve(file), String.join(lineEnd, text.toString().lines().toList()) + lineEnd);
  }
}
